package dev.duet.server.transport;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.RequestHead;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The head of an HTTP/1.1 or HTTP/1.0 request, checked as RFC 9112 asks.
final class Http1Head implements RequestHead {
  static final long CHUNKED = -1;

  private final HttpRequest request;
  private final Sender sender;
  private final boolean direct;
  private final boolean persistent;
  private final String rawPath;
  private final String rawQuery;
  private final @Nullable String targetHost;
  private final long bodyLength;
  private final boolean expectsContinue;

  /// @throws DuetException if the request is refused: with 400, 414, 417, 431 or 501
  Http1Head(HttpRequest request, Connection connection) {
    this.request = request;
    checkDecoded(request);
    this.sender = connection.sender(request.headers()::getAll);
    this.direct = connection.direct();
    this.persistent = !request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    checkHost(request.headers().getAll(HttpHeaderNames.HOST), persistent);
    this.bodyLength = bodyLength(request.headers(), persistent);
    this.expectsContinue = expectsContinue(request.headers(), persistent) && bodyLength != 0;

    String target = request.uri();
    String authority = null;
    if (request.method().equals(HttpMethod.CONNECT)) {
      throw new DuetException(ErrorCode.NOT_IMPLEMENTED, "this server is not a proxy");
    }
    if (target.equals("*") && request.method().equals(HttpMethod.OPTIONS)) {
      this.rawPath = "*";
      this.rawQuery = "";
      this.targetHost = null;
      return;
    }
    if (!target.startsWith("/")) {
      int start = absoluteStart(target);
      int end = authorityEnd(target, start);
      authority = target.substring(start, end);
      checkAuthority(authority);
      target = target.startsWith("/", end) ? target.substring(end) : "/" + target.substring(end);
    }
    this.targetHost = authority;
    int question = target.indexOf('?');
    this.rawPath = question < 0 ? target : target.substring(0, question);
    this.rawQuery = question < 0 ? "" : target.substring(question + 1);
  }

  /// The bytes of the body, or [#CHUNKED].
  long bodyLength() {
    return bodyLength;
  }

  boolean expectsContinue() {
    return expectsContinue;
  }

  /// Whether the client lets the connection be used again (RFC 9112 section 9.3).
  boolean keepsAlive() {
    return persistent ? !connectionHas("close") : connectionHas("keep-alive");
  }

  boolean connectionHas(String option) {
    return hasToken(HttpHeaderNames.CONNECTION.toString(), option);
  }

  /// Whether a field that is a list of tokens has this one, in any case.
  boolean hasToken(String name, String token) {
    for (String value : request.headers().getAll(name)) {
      for (String part : value.split(",", -1)) {
        if (part.strip().equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public String method() {
    return request.method().name();
  }

  @Override
  public String rawPath() {
    return rawPath;
  }

  @Override
  public String rawQuery() {
    return rawQuery;
  }

  @Override
  public @Nullable String header(String name) {
    if (targetHost != null && name.equalsIgnoreCase("host")) {
      return targetHost;
    }
    return request.headers().get(name);
  }

  @Override
  public List<String> headers(String name) {
    if (targetHost != null && name.equalsIgnoreCase("host")) {
      return List.of(targetHost);
    }
    return request.headers().getAll(name);
  }

  @Override
  public String scheme() {
    return sender.scheme();
  }

  @Override
  public InetSocketAddress remote() {
    return sender.remote();
  }

  @Override
  public boolean direct() {
    return direct;
  }

  @Override
  public @Nullable String forwardedHost() {
    return sender.host();
  }

  @Override
  public boolean wantsWebSocket() {
    return persistent && hasToken("upgrade", "websocket");
  }

  @Override
  public boolean persistent() {
    return persistent;
  }

  private static void checkDecoded(HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      Throwable cause = request.decoderResult().cause();
      if (cause instanceof TooLongHttpLineException) {
        throw new DuetException(
            ErrorCode.URI_TOO_LONG,
            "the request line has more than " + RequestDecoder.MAX_LINE_BYTES + " bytes");
      }
      if (cause instanceof TooLongHttpHeaderException || cause instanceof TooLongFrameException) {
        throw new DuetException(
            ErrorCode.HEADERS_TOO_LARGE,
            "the header fields have more than " + RequestDecoder.MAX_HEADER_BYTES + " bytes");
      }
      throw bad("the head cannot be parsed: " + cause.getMessage());
    }
  }

  private static void checkHost(List<String> hosts, boolean required) {
    if (hosts.size() > 1) {
      throw bad("there are several Host fields");
    }
    if (hosts.isEmpty() && required) {
      throw bad("there is no Host field");
    }
    if (!hosts.isEmpty()) {
      checkAuthority(hosts.getFirst());
    }
  }

  private static void checkAuthority(String authority) {
    if (authority.isEmpty()) {
      throw bad("the host is empty");
    }
    if (!isAuthority(authority)) {
      throw bad("the host has an illegal character");
    }
  }

  static boolean isAuthority(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 0x7F || "/?#@,\\\"<>^`{|}".indexOf(c) >= 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /// RFC 9112 section 6.3, and more strictly where that lets a server choose.
  private static long bodyLength(HttpHeaders headers, boolean chunksKnown) {
    List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
    if (encodings.isEmpty()) {
      return lengths.isEmpty() ? 0 : number(lengths);
    }
    if (!chunksKnown) {
      throw bad("HTTP/1.0 has no Transfer-Encoding");
    }
    if (!lengths.isEmpty()) {
      throw bad("there are both Content-Length and Transfer-Encoding");
    }
    String all = String.join(",", encodings).strip().toLowerCase(Locale.ROOT);
    if (all.equals("chunked")) {
      return CHUNKED;
    }
    if (!all.endsWith("chunked")) {
      throw bad("the last transfer encoding of a request must be chunked");
    }
    throw new DuetException(ErrorCode.NOT_IMPLEMENTED, "the transfer encodings here are: chunked");
  }

  private static long number(List<String> lengths) {
    String length = lengths.getFirst();
    if (lengths.size() > 1 || !length.matches("[0-9]{1,18}")) {
      throw bad("Content-Length is not one number");
    }
    return Long.parseLong(length);
  }

  private static boolean expectsContinue(HttpHeaders headers, boolean interimKnown) {
    List<String> expectations = headers.getAll(HttpHeaderNames.EXPECT);
    if (expectations.isEmpty() || !interimKnown) {
      return false;
    }
    if (expectations.size() > 1 || !expectations.getFirst().equalsIgnoreCase("100-continue")) {
      throw new DuetException(
          ErrorCode.EXPECTATION_FAILED, "the only expectation that is met here is 100-continue");
    }
    return true;
  }

  private static int absoluteStart(String target) {
    if (target.regionMatches(true, 0, "http://", 0, 7)) {
      return 7;
    }
    if (target.regionMatches(true, 0, "https://", 0, 8)) {
      return 8;
    }
    throw bad("the request target is neither a path nor an absolute http URI");
  }

  private static int authorityEnd(String target, int start) {
    int end = start;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    return end;
  }

  private static DuetException bad(String detail) {
    return new DuetException(ErrorCode.BAD_REQUEST, detail);
  }
}
