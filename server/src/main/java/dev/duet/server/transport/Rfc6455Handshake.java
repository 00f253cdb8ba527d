package dev.duet.server.transport;

import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.Exchange.Header;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The opening handshake over HTTP/1.1 (RFC 6455 section 4.2): what it is answered with.
///
/// @param refusal the answer to a handshake that is not right; null if it is
/// @param headers of the 101, but for `Connection`
/// @param protocol the sub-protocol, or ""
record Rfc6455Handshake(@Nullable Response refusal, List<Header> headers, String protocol) {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final String VERSION = "13";

  static Rfc6455Handshake of(Http1Head head, List<String> offered) {
    if (!head.method().equals("GET")) {
      return refused(
          Problem.response(ErrorCode.METHOD_NOT_ALLOWED, "a WebSocket is opened with GET")
              .with("allow", "GET"));
    }
    if (!head.wantsWebSocket()) {
      return refused(
          Problem.response(ErrorCode.UPGRADE_REQUIRED, "only WebSocket is spoken here")
              .with("upgrade", "websocket")
              .with("connection", "Upgrade"));
    }
    if (!head.connectionHas("upgrade")) {
      return bad("the Connection field does not have the token Upgrade");
    }
    if (head.bodyLength() != 0) {
      return bad("a WebSocket handshake has no body");
    }
    List<String> versions = head.headers("sec-websocket-version");
    if (versions.size() > 1) {
      return bad("there are several Sec-WebSocket-Version fields");
    }
    if (versions.isEmpty() || !versions.getFirst().equals(VERSION)) {
      return refused(
          Problem.response(ErrorCode.UPGRADE_REQUIRED, "the version of WebSocket here is 13")
              .with("sec-websocket-version", VERSION)
              .with("upgrade", "websocket")
              .with("connection", "Upgrade"));
    }
    List<String> keys = head.headers("sec-websocket-key");
    if (keys.size() != 1 || !legalKey(keys.getFirst())) {
      return bad("Sec-WebSocket-Key is not base64 of 16 bytes, once");
    }
    String protocol = choose(offered, head.headers("sec-websocket-protocol"));
    var headers = new ArrayList<Header>();
    headers.add(new Header("upgrade", "websocket"));
    headers.add(new Header("sec-websocket-accept", accept(keys.getFirst())));
    if (!protocol.isEmpty()) {
      headers.add(new Header("sec-websocket-protocol", protocol));
    }
    return new Rfc6455Handshake(null, headers, protocol);
  }

  /// The first that the server offers and the client named as well, in the same case.
  ///
  /// @param fields values of `Sec-WebSocket-Protocol`, each a list
  static String choose(List<String> offered, List<String> fields) {
    List<String> named =
        fields.stream()
            .flatMap(f -> List.of(f.split(",", -1)).stream())
            .map(String::strip)
            .toList();
    return offered.stream().filter(named::contains).findFirst().orElse("");
  }

  /// Section 4.2.2, step 5.
  static String accept(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  private static boolean legalKey(String key) {
    try {
      return key.length() == 24 && Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Rfc6455Handshake bad(String detail) {
    return refused(Problem.response(ErrorCode.BAD_REQUEST, detail));
  }

  private static Rfc6455Handshake refused(Response response) {
    return new Rfc6455Handshake(response, List.of(), "");
  }
}
