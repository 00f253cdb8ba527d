package dev.duet.server.http;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.Utf8Validator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Decodes percent-encoding (RFC 3986 section 2.1), once and strictly: what follows a `%` is two
/// hexadecimal digits, what comes out is UTF-8, and what is not ASCII comes encoded.
final class PercentCoding {
  private PercentCoding() {}

  /// @param what it is, for the error
  /// @param plusIsSpace as in a query that a form or `URLSearchParams` wrote
  /// @throws DuetException [ErrorCode#BAD_REQUEST]
  static String decode(String what, String raw, boolean plusIsSpace) {
    var out = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
        int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw bad(what, "a % at position " + i + " without two hexadecimal digits");
        }
        out.write(high << 4 | low);
        i += 2;
      } else if (c <= ' ' || c >= 0x7F) {
        throw bad(what, "a character at position " + i + " that must be percent-encoded");
      } else {
        out.write(c == '+' && plusIsSpace ? ' ' : c);
      }
    }
    byte[] bytes = out.toByteArray();
    if (!Utf8Validator.valid(bytes)) {
      throw bad(what, "percent-encoded bytes that are not UTF-8");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static DuetException bad(String what, String why) {
    return new DuetException(ErrorCode.BAD_REQUEST, what + " has " + why);
  }
}
