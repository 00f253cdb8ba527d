package dev.duet.server.publish;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The value of a `Content-Type` field (RFC 9110 section 8.3).
///
/// @param essence type and subtype in lower case, `text/plain`
/// @param charset the parameter in lower case, or null
public record ContentType(String essence, @Nullable String charset) {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

  /// Reads one.
  ///
  /// @throws DuetException [ErrorCode#UNSUPPORTED_TYPE] if it is none
  public static ContentType parse(String value) {
    String[] parts = value.split(";", -1);
    String essence = parts[0].strip();
    if (!essence.matches(TOKEN + "/" + TOKEN)) {
      throw new DuetException(
          ErrorCode.UNSUPPORTED_TYPE, "Content-Type is not of the form type/subtype");
    }
    String charset = null;
    for (int i = 1; i < parts.length; i++) {
      String part = parts[i].strip();
      if (part.regionMatches(true, 0, "charset=", 0, 8)) {
        charset = part.substring(8).replace("\"", "").toLowerCase(Locale.ROOT);
      }
    }
    return new ContentType(essence.toLowerCase(Locale.ROOT), charset);
  }

  /// Whether it is a batch: one publication a line.
  public boolean isBatch() {
    return essence.equals("application/x-ndjson") || essence.equals("application/ndjson");
  }

  boolean isJson() {
    return essence.equals("application/json") || essence.endsWith("+json");
  }

  boolean isText() {
    return essence.startsWith("text/");
  }

  boolean isForm() {
    return essence.equals("application/x-www-form-urlencoded");
  }

  boolean isUtf8() {
    return charset == null || charset.equals("utf-8") || charset.equals("utf8");
  }
}
