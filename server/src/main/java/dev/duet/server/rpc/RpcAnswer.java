package dev.duet.server.rpc;

import dev.duet.protocol.JsonText;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Utf8Validator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a method answers: JSON, text, bytes, or nothing but that it is done. Legal by construction.
///
/// @param type what the bytes are, or null: there are none
/// @param bytes handed over: not to be changed afterwards
public record RpcAnswer(@Nullable PayloadType type, byte[] bytes) {
  /// It is done.
  public static final RpcAnswer DONE = new RpcAnswer(null, new byte[0]);

  /// JSON is validated as that of a publication is: at most [JsonText#MAX_DEPTH] levels, numbers of
  /// [JsonText#MAX_NUMBER_LENGTH] characters, no byte order mark; it becomes one line.
  ///
  /// @throws IllegalArgumentException if the bytes are not what the type says
  public RpcAnswer {
    if (type == null && bytes.length > 0) {
      throw new IllegalArgumentException("an answer with bytes has a type");
    }
    if (type == PayloadType.TEXT && !Utf8Validator.valid(bytes)) {
      throw new IllegalArgumentException("a text is valid UTF-8");
    }
    if (type == PayloadType.JSON) {
      String flaw = JsonText.flaw(bytes);
      if (flaw != null) {
        throw new IllegalArgumentException("this is not JSON: " + flaw);
      }
      bytes = bytes.clone();
      JsonText.oneLine(bytes);
    }
  }

  /// One JSON value.
  ///
  /// @throws IllegalArgumentException if it is none
  public static RpcAnswer json(String json) {
    return json(json.getBytes(StandardCharsets.UTF_8));
  }

  /// One JSON value in UTF-8.
  ///
  /// @throws IllegalArgumentException if it is none
  public static RpcAnswer json(byte[] json) {
    return new RpcAnswer(PayloadType.JSON, json);
  }

  /// Text; a lone surrogate becomes a question mark.
  public static RpcAnswer text(String text) {
    return new RpcAnswer(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /// Bytes.
  public static RpcAnswer bytes(byte[] bytes) {
    return new RpcAnswer(PayloadType.BYTES, bytes);
  }
}
