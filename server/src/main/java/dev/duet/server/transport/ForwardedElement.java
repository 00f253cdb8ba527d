package dev.duet.server.transport;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What one proxy says in `Forwarded` (RFC 7239 section 4). Unlike there, white space may stand
/// around `;` and a value that has no `"`, `,` or `;` needs no quotes: proxies do both.
///
/// @param node the parameter `for`: whom it speaks for
record ForwardedElement(@Nullable String node, @Nullable String proto, @Nullable String host) {
  /// A chain of proxies is never so long.
  static final int MAX_ELEMENTS = 64;

  /// The elements of all fields of that name, in order. Parameters that are not known are passed
  /// over.
  ///
  /// @throws DuetException 400 if they cannot be parsed
  static List<ForwardedElement> parse(List<String> fields) {
    var elements = new ArrayList<ForwardedElement>();
    for (String field : fields) {
      new Parser(field, elements).parse();
    }
    return elements;
  }

  private static final class Parser {
    private final String text;
    private final List<ForwardedElement> elements;
    private int at;

    Parser(String text, List<ForwardedElement> elements) {
      this.text = text;
      this.elements = elements;
    }

    void parse() {
      do {
        element();
      } while (taken(','));
      if (at < text.length()) {
        throw bad("has an illegal character");
      }
    }

    private void element() {
      String node = null;
      String proto = null;
      String host = null;
      boolean any = false;
      do {
        space();
        if (at == text.length() || text.charAt(at) == ',' || text.charAt(at) == ';') {
          continue;
        }
        any = true;
        String name = name();
        String value = text.startsWith("\"", at) ? quoted() : plain();
        switch (name) {
          case "for" -> node = once(node, value);
          case "proto" -> proto = once(proto, value);
          case "host" -> host = once(host, value);
          default -> {}
        }
        space();
      } while (taken(';'));
      if (any) {
        if (elements.size() == MAX_ELEMENTS) {
          throw bad("has more than " + MAX_ELEMENTS + " elements");
        }
        elements.add(new ForwardedElement(node, proto, host));
      }
    }

    private static String once(@Nullable String before, String value) {
      if (before != null) {
        throw bad("has a parameter twice in one element");
      }
      return value;
    }

    private String name() {
      int equals = text.indexOf('=', at);
      if (equals <= at) {
        throw bad("has a parameter without a value");
      }
      String name = text.substring(at, equals);
      if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
        throw bad("has a parameter whose name is not a token");
      }
      at = equals + 1;
      return name.toLowerCase(Locale.ROOT);
    }

    private String plain() {
      int from = at;
      while (at < text.length() && text.charAt(at) > ' ' && "\",;".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      if (from == at) {
        throw bad("has a parameter without a value");
      }
      return text.substring(from, at);
    }

    private String quoted() {
      var value = new StringBuilder();
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '"') {
          at++;
          return value.toString();
        }
        if (c == '\\' && ++at == text.length()) {
          break;
        }
        value.append(text.charAt(at));
      }
      throw bad("has a quotation that does not end");
    }

    private boolean taken(char c) {
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void space() {
      while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
        at++;
      }
    }

    private static DuetException bad(String what) {
      return new DuetException(
          ErrorCode.BAD_REQUEST, "the field Forwarded of a trusted proxy " + what);
    }
  }
}
