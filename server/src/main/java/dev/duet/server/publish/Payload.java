package dev.duet.server.publish;

import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonText;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Utf8Validator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a body is, by its content type and its bytes.
///
/// | content type | payload |
/// | --- | --- |
/// | `application/json`, `…+json` | JSON, or an error |
/// | `text/*` | text in UTF-8, or an error |
/// | none, or the form type that `curl -d` sends | JSON if it is valid JSON, else text if it is UTF-8, else bytes |
/// | any other | bytes |
///
/// @param data taken over from the body
public record Payload(PayloadType type, byte[] data) {
  /// Checks what can be checked before the body is read.
  ///
  /// @param encoding value of `Content-Encoding`, or null
  /// @return null if there is none
  /// @throws DuetException [ErrorCode#UNSUPPORTED_TYPE] naming what is taken
  public static @Nullable ContentType check(@Nullable String type, @Nullable String encoding) {
    if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
      throw new DuetException(
          ErrorCode.UNSUPPORTED_TYPE, "a body comes without Content-Encoding here");
    }
    if (type == null) {
      return null;
    }
    ContentType parsed = ContentType.parse(type);
    if (parsed.essence().startsWith("multipart/")) {
      throw new DuetException(
          ErrorCode.UNSUPPORTED_TYPE,
          "a publication is the body itself: application/json, text/plain, application/octet-stream"
              + " or any other single type (curl: --data-binary @file, not -F)");
    }
    if ((parsed.isJson() || parsed.isText() || parsed.isBatch()) && !parsed.isUtf8()) {
      throw new DuetException(ErrorCode.UNSUPPORTED_TYPE, "the charset here is utf-8");
    }
    return parsed;
  }

  /// The payload of a body of this type; null if it was not said.
  ///
  /// @throws DuetException [ErrorCode#BAD_JSON] or [ErrorCode#BAD_UTF8]
  public static Payload of(@Nullable ContentType type, byte[] body) {
    if (type == null || type.isForm()) {
      return guess(body);
    }
    if (type.isJson()) {
      JsonText.normalise(body);
      return new Payload(PayloadType.JSON, body);
    }
    if (type.isText()) {
      checkText(body, "Content-Type: application/octet-stream");
      return new Payload(PayloadType.TEXT, body);
    }
    return new Payload(PayloadType.BYTES, body);
  }

  /// A draft whose payload is what its type says; another one with the same value where its JSON
  /// had more than one line.
  ///
  /// @throws DuetException [ErrorCode#BAD_JSON] or [ErrorCode#BAD_UTF8]
  static Draft checked(Draft draft) {
    byte[] data = draft.data();
    switch (draft.type()) {
      case JSON -> {
        byte[] json = data.clone();
        JsonText.normalise(json);
        return Arrays.equals(json, data) ? draft : draft.withData(json);
      }
      case TEXT -> checkText(data, "PayloadType.BYTES");
      case BYTES -> {}
    }
    return draft;
  }

  private static void checkText(byte[] text, String otherwise) {
    if (!Utf8Validator.valid(text)) {
      throw new DuetException(
          ErrorCode.BAD_UTF8, "text is UTF-8; for other bytes use " + otherwise);
    }
  }

  /// What bytes are of which nobody said it.
  public static Payload guess(byte[] body) {
    if (JsonText.flaw(body) == null) {
      JsonText.oneLine(body);
      return new Payload(PayloadType.JSON, body);
    }
    return new Payload(Utf8Validator.valid(body) ? PayloadType.TEXT : PayloadType.BYTES, body);
  }
}
