package dev.duet.server.publish;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.PayloadType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/// One line of a batch: an object with the members of the envelope that a publisher may set.
///
/// `data` is the payload: a string is text, any other value JSON. `data64` is bytes in base64.
/// `deleted` is a tombstone. `event`, `key`, `end`, `idempotencyKey`, `ifMatch` are as on a single
/// publication.
final class BatchLine {
  private static final String ALLOWED =
      "data, data64, deleted, event, key, end, idempotencyKey, ifMatch";

  private final byte[] text;
  private @Nullable PayloadType type;
  private byte[] data = {};
  private @Nullable String event;
  private @Nullable String key;
  private @Nullable String idempotencyKey;
  private boolean deleted;
  private boolean end;
  private long ifMatch = Draft.ANY;

  BatchLine(byte[] text) {
    this.text = text;
  }

  Draft draft() {
    String flaw = JsonText.flaw(text);
    if (flaw != null) {
      throw bad(flaw);
    }
    try (JsonParser parser = JsonText.FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw bad("a line is an object with the members " + ALLOWED);
      }
      var seen = new HashSet<String>();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        if (!seen.add(name)) {
          throw bad("member '" + name + "' is there twice");
        }
        parser.nextToken();
        member(name, parser);
      }
    } catch (JacksonException e) {
      throw bad(JsonText.describe(e));
    }
    PayloadType known = type;
    if (deleted) {
      if (known != null) {
        throw bad("a line with \"deleted\":true has no data");
      }
      known = PayloadType.TEXT;
    } else if (known == null) {
      throw bad("a line has one of data, data64 and \"deleted\":true");
    }
    return new Draft(known, data, event, key, null, deleted, end, idempotencyKey, ifMatch);
  }

  private void member(String name, JsonParser parser) {
    switch (name) {
      case "data" -> data(parser);
      case "data64" -> data64(string(name, parser));
      case "event" -> event = string(name, parser);
      case "key" -> key = string(name, parser);
      case "idempotencyKey" -> idempotencyKey = string(name, parser);
      case "deleted" -> deleted = flag(name, parser);
      case "end" -> end = flag(name, parser);
      case "ifMatch" -> ifMatch = offset(parser);
      default -> throw bad("member '" + name + "' is not one of " + ALLOWED);
    }
  }

  private void data(JsonParser parser) {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      payload(PayloadType.TEXT, utf8(parser.getString()));
      return;
    }
    if (!parser.currentToken().isStructStart()) {
      payload(PayloadType.JSON, utf8(parser.getString()));
      return;
    }
    int from = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    int to = (int) parser.currentLocation().getByteOffset();
    byte[] json = Arrays.copyOfRange(text, from, to);
    JsonText.oneLine(json);
    payload(PayloadType.JSON, json);
  }

  private void data64(String base64) {
    try {
      payload(PayloadType.BYTES, Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      throw bad("data64 is not base64 (RFC 4648 section 4)");
    }
  }

  private void payload(PayloadType is, byte[] bytes) {
    if (type != null) {
      throw bad("a line has one of data and data64, not both");
    }
    type = is;
    data = bytes;
  }

  private static byte[] utf8(String string) {
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < string.length()
          && Character.isLowSurrogate(string.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw bad("a text has a lone surrogate, which no UTF-8 has");
      }
    }
    return string.getBytes(StandardCharsets.UTF_8);
  }

  private static String string(String name, JsonParser parser) {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw bad("'" + name + "' is a string");
    }
    return parser.getString();
  }

  private static boolean flag(String name, JsonParser parser) {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw bad("'" + name + "' is true or false");
    };
  }

  private static long offset(JsonParser parser) {
    boolean whole = parser.currentToken() == JsonToken.VALUE_NUMBER_INT;
    String digits = whole ? parser.getString() : "";
    if (!digits.matches("[0-9]{1,16}") || Long.parseLong(digits) > Cursor.MAX_OFFSET) {
      throw bad("'ifMatch' is an offset from 0 to " + Cursor.MAX_OFFSET);
    }
    return Long.parseLong(digits);
  }

  private static DuetException bad(String why) {
    return new DuetException(ErrorCode.BAD_JSON, why);
  }
}
