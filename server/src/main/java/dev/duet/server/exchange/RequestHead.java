package dev.duet.server.exchange;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The head of a request, whatever the version of HTTP: of HTTP/2 and HTTP/3 `:authority` stands as
/// `host`, and an extended CONNECT for WebSocket (RFC 8441, RFC 9220) as `GET` with
/// [#wantsWebSocket()].
public interface RequestHead {
  /// In upper case as it came: `GET`.
  String method();

  /// The path as it came, still percent-encoded, without query: begins with `/`, or is `*` for
  /// `OPTIONS`.
  String rawPath();

  /// The query as it came, without `?`; "" if there is none.
  String rawQuery();

  /// The first field of that name (any case), or null. Each character is one byte that came
  /// (Latin-1): a field that holds UTF-8 is yet to be decoded.
  @Nullable String header(String name);

  /// All fields of that name, in order.
  List<String> headers(String name);

  /// `http` or `https`: what the client used, so far as a trusted proxy says.
  String scheme();

  /// The client's address: of the connection, or what a trusted proxy says; port 0 if it does not
  /// say that.
  InetSocketAddress remote();

  /// Whether the client is at the other end of the connection, as far as the connection says: false
  /// if it began with the PROXY protocol, whatever that said.
  boolean direct();

  /// What the client addressed (host, and port if it is not the scheme's own), if a trusted proxy
  /// says so: `host` is then the proxy's.
  @Nullable String forwardedHost();

  /// Whether the client asked for a WebSocket in the way of its version of HTTP. Whether the
  /// handshake is right is checked when it is accepted.
  boolean wantsWebSocket();

  /// Whether the client's version of HTTP knows persistent connections and interim answers: false
  /// for HTTP/1.0.
  boolean persistent();
}
