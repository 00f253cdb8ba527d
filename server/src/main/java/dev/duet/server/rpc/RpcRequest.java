package dev.duet.server.rpc;

import dev.duet.protocol.PayloadType;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One call. Any thread.
///
/// @param method the name that was called
/// @param type what the bytes are; a call without any is an empty text
/// @param bytes the payload: valid JSON in one line, valid UTF-8, or anything, as `type` says. The
///     handler's own
/// @param user who calls, as access found; null where nobody was asked, or it named nobody
/// @param remote the client's address, or what a trusted proxy says of it
public record RpcRequest(
    String method,
    PayloadType type,
    byte[] bytes,
    @Nullable String user,
    InetSocketAddress remote) {

  /// The payload, which must be JSON.
  ///
  /// @throws RpcException `unsupported-type` (415) if it is not: let it go through
  public String json() throws RpcException {
    if (type != PayloadType.JSON) {
      throw unsupported("JSON");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// The payload, which must be text; JSON is text as well.
  ///
  /// @throws RpcException `unsupported-type` (415) if it is not: let it go through
  public String text() throws RpcException {
    if (type == PayloadType.BYTES) {
      throw unsupported("text");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private RpcException unsupported(String wanted) {
    return new RpcException(415, "unsupported-type", "'" + method + "' takes " + wanted);
  }
}
