package dev.duet.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// The members of one JSON object that somebody sent: read once, asked for by name and by what they
/// must be. What is no JSON is refused with [ErrorCode#BAD_JSON]; a member that is not what it must
/// be, with the code that the reader chose.
public final class JsonMembers {
  /// Most members of an object that is read here; the objects within a value are not counted.
  public static final int MAX_MEMBERS = 64;

  /// Most elements of a list that is read here.
  public static final int MAX_ELEMENTS = 10_000;

  private static final int SHOWN = 40;

  private final byte[] text;
  private final ErrorCode code;
  private final Map<String, Value> values = new LinkedHashMap<>();

  /// @param scalar a string's value, or the text of a number or a word; null of objects and lists
  /// @param from where the text of an object or a list begins
  private record Value(JsonToken token, @Nullable String scalar, int from, int to) {
    @Nullable String string() {
      return token == JsonToken.VALUE_STRING ? scalar : null;
    }
  }

  private JsonMembers(byte[] text, ErrorCode code) {
    this.text = text;
    this.code = code;
  }

  /// Reads an object in UTF-8.
  ///
  /// @param code of the errors about its members
  /// @throws DuetException [ErrorCode#BAD_JSON] if it is no JSON object, or a name comes twice
  public static JsonMembers parse(byte[] text, ErrorCode code) {
    String flaw = JsonText.encodingFlaw(text);
    if (flaw != null) {
      throw new DuetException(ErrorCode.BAD_JSON, flaw);
    }
    var members = new JsonMembers(text, code);
    try (JsonParser parser = JsonText.FACTORY.createParser(ObjectReadContext.empty(), text)) {
      members.read(parser);
    } catch (JacksonException e) {
      throw new DuetException(ErrorCode.BAD_JSON, JsonText.describe(e));
    }
    return members;
  }

  private void read(JsonParser parser) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      throw new DuetException(ErrorCode.BAD_JSON, "this is not a JSON object: {\"name\":value, …}");
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      Value value = value(parser);
      if (values.put(name, value) != null) {
        throw new DuetException(ErrorCode.BAD_JSON, "member '" + shown(name) + "' is there twice");
      }
      if (values.size() > MAX_MEMBERS) {
        throw new DuetException(
            ErrorCode.BAD_JSON, "an object has at most " + MAX_MEMBERS + " members here");
      }
    }
    if (parser.nextToken() != null) {
      throw new DuetException(ErrorCode.BAD_JSON, "after the JSON object there is something else");
    }
  }

  private static Value value(JsonParser parser) {
    JsonToken token = parser.nextToken();
    if (!token.isStructStart()) {
      return new Value(token, parser.getString(), 0, 0);
    }
    int from = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    return new Value(token, null, from, (int) parser.currentLocation().getByteOffset());
  }

  /// Refuses members that mean nothing here.
  ///
  /// @param what has them, for the error: `a line`
  public JsonMembers only(String what, List<String> allowed) {
    for (String name : values.keySet()) {
      if (!allowed.contains(name)) {
        throw bad(
            what
                + " has no member '"
                + shown(name)
                + "'; allowed are "
                + String.join(", ", allowed));
      }
    }
    return this;
  }

  /// Whether there is a member of this name, also one that is `null`.
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /// Whether it is there as a string.
  public boolean isString(String name) {
    Value value = values.get(name);
    return value != null && value.string() != null;
  }

  /// A string, or null if it is not there.
  public @Nullable String string(String name) {
    Value value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value.string() == null) {
      throw bad("'" + name + "' is a string");
    }
    checkSurrogates(name, value.string());
    return value.string();
  }

  /// Whether it is there and true.
  public boolean flag(String name) {
    Value value = values.get(name);
    if (value == null || value.token() == JsonToken.VALUE_FALSE) {
      return false;
    }
    if (value.token() != JsonToken.VALUE_TRUE) {
      throw bad("'" + name + "' is true or false");
    }
    return true;
  }

  /// A whole number within bounds.
  public long number(String name, long otherwise, long least, long most) {
    Value value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    String digits =
        value.token() == JsonToken.VALUE_NUMBER_INT ? String.valueOf(value.scalar()) : "";
    if (digits.matches("[0-9]{1,18}")) {
      long number = Long.parseLong(digits);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw bad("'" + name + "' is a whole number from " + least + " to " + most);
  }

  /// What a name stands for, as the payload of a publication: a string is text, any other value
  /// JSON on one line. Null if it is not there.
  public @Nullable Payload payload(String name) {
    Value value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value.string() != null) {
      checkSurrogates(name, value.string());
      return new Payload(PayloadType.TEXT, value.string().getBytes(StandardCharsets.UTF_8));
    }
    byte[] json =
        value.scalar() != null
            ? value.scalar().getBytes(StandardCharsets.UTF_8)
            : Arrays.copyOfRange(text, value.from(), value.to());
    JsonText.oneLine(json);
    return new Payload(PayloadType.JSON, json);
  }

  /// A payload, and what it is.
  public record Payload(PayloadType type, byte[] data) {}

  /// An object as it was sent, or null if it is not there.
  public byte @Nullable [] object(String name) {
    Value value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value.token() != JsonToken.START_OBJECT) {
      throw bad("'" + name + "' is an object");
    }
    return Arrays.copyOfRange(text, value.from(), value.to());
  }

  /// The elements of a list: each a [String] or, for an object, its [JsonMembers]. Null if it is
  /// not there.
  ///
  /// @param of what the elements are, for the error
  public @Nullable List<Object> list(String name, String of) {
    Value value = values.get(name);
    if (value == null) {
      return null;
    }
    if (value.token() != JsonToken.START_ARRAY) {
      throw bad("'" + name + "' is a list of " + of);
    }
    var elements = new ArrayList<>();
    byte[] array = Arrays.copyOfRange(text, value.from(), value.to());
    try (JsonParser parser = JsonText.FACTORY.createParser(ObjectReadContext.empty(), array)) {
      parser.nextToken();
      for (JsonToken token = parser.nextToken();
          token != JsonToken.END_ARRAY;
          token = parser.nextToken()) {
        if (elements.size() == MAX_ELEMENTS) {
          throw bad("'" + name + "' has at most " + MAX_ELEMENTS + " elements");
        }
        elements.add(element(parser, token, array, "'" + name + "' is a list of " + of));
      }
    } catch (JacksonException e) {
      throw new DuetException(ErrorCode.BAD_JSON, JsonText.describe(e));
    }
    return elements;
  }

  private Object element(JsonParser parser, JsonToken token, byte[] array, String rule) {
    if (token == JsonToken.VALUE_STRING) {
      return parser.getString();
    }
    if (token != JsonToken.START_OBJECT) {
      throw bad(rule);
    }
    int from = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    int to = (int) parser.currentLocation().getByteOffset();
    return parse(Arrays.copyOfRange(array, from, to), code);
  }

  /// An error about these members.
  public DuetException bad(String detail) {
    return new DuetException(code, detail);
  }

  /// Text that can be shown in an error, whatever it holds and however long it is.
  public static String shown(String text) {
    var shown = new StringBuilder();
    text.codePoints()
        .limit(SHOWN)
        .map(c -> Character.isISOControl(c) || (c >= 0xD800 && c <= 0xDFFF) ? '?' : c)
        .forEach(shown::appendCodePoint);
    return text.codePointCount(0, text.length()) > SHOWN ? shown + "…" : shown.toString();
  }

  private void checkSurrogates(String name, String string) {
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < string.length()
          && Character.isLowSurrogate(string.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw bad("'" + name + "' has a lone surrogate, which no UTF-8 has");
      }
    }
  }
}
