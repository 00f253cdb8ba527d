package dev.duet.protocol;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// One JSON text (RFC 8259) in UTF-8: validated, never changed in value.
public final class JsonText {
  /// Deepest nesting that is taken: readers have stacks.
  public static final int MAX_DEPTH = 500;

  /// Longest number, in characters.
  public static final int MAX_NUMBER_LENGTH = 1_000;

  /// Longest string and name, in characters: beyond what any bound on bytes lets in, for it is
  /// those that are to refuse.
  private static final int MAX_STRING_LENGTH = 64 << 20;

  /// Reads within these bounds.
  public static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_LENGTH)
                  .maxStringLength(MAX_STRING_LENGTH)
                  .maxNameLength(MAX_STRING_LENGTH)
                  .build())
          .build();

  private JsonText() {}

  /// Checks `text` and puts a space for each CR and LF in it, in place: in valid JSON they stand
  /// between tokens only, so length and value stay, and it fits into one line.
  ///
  /// @throws DuetException [ErrorCode#BAD_JSON]
  public static void normalise(byte[] text) {
    String wrong = flaw(text);
    if (wrong != null) {
      throw new DuetException(ErrorCode.BAD_JSON, wrong);
    }
    oneLine(text);
  }

  /// Puts a space for each CR and LF of valid JSON, in place.
  public static void oneLine(byte[] json) {
    for (int i = 0; i < json.length; i++) {
      if (json[i] == '\n' || json[i] == '\r') {
        json[i] = ' ';
      }
    }
  }

  /// What is wrong with `text` as JSON, or null.
  public static @Nullable String flaw(byte[] text) {
    String wrong = encodingFlaw(text);
    if (wrong != null) {
      return wrong;
    }
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() == null) {
        return "JSON has a value, here is none";
      }
      parser.skipChildren();
      parser.finishToken();
      return parser.nextToken() == null ? null : "after the JSON value there is something else";
    } catch (JacksonException e) {
      return describe(e);
    }
  }

  /// The parser would take UTF-16 and UTF-32 as well, which it knows by their zeros or a byte order
  /// mark.
  public static @Nullable String encodingFlaw(byte[] text) {
    if (text.length >= 3
        && text[0] == (byte) 0xEF
        && text[1] == (byte) 0xBB
        && text[2] == (byte) 0xBF) {
      return "JSON here begins without a byte order mark";
    }
    for (byte b : text) {
      if (b == 0) {
        return "JSON has no zero bytes";
      }
    }
    return Utf8Validator.valid(text) ? null : "JSON is valid UTF-8, this is not";
  }

  /// The parser's words without its own settings and the quoted source.
  public static String describe(JacksonException e) {
    String message = e.getOriginalMessage();
    String where = e.getLocation() == null ? "" : " (byte " + e.getLocation().getByteOffset() + ")";
    return (message == null ? "not JSON" : message.lines().findFirst().orElse("not JSON")) + where;
  }
}
