package dev.duet.server.http;

import dev.duet.server.exchange.BodyQuota;
import dev.duet.server.exchange.Exchange;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Response;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.exchange.SocketReceiver;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// A `GET` without a socket, and what it was answered.
final class TestExchange implements Exchange, RequestHead, Outlet {
  private final Executor loop;
  private final String path;
  private final String query;
  private final Map<String, String> fields = new HashMap<>();
  final StringBuilder written = new StringBuilder();
  Response response;
  boolean streams;
  boolean ended;
  private Runnable onGone;

  TestExchange(Executor loop, String path, String query) {
    this.loop = loop;
    this.path = path;
    this.query = query;
    fields.put("host", "localhost");
  }

  TestExchange with(String name, String value) {
    fields.put(name.toLowerCase(Locale.ROOT), value);
    return this;
  }

  /// The client goes away.
  void leave() {
    onGone.run();
  }

  @Override
  public RequestHead head() {
    return this;
  }

  @Override
  public Executor loop() {
    return loop;
  }

  @Override
  public CompletionStage<byte[]> body(int maxBytes, BodyQuota quota) {
    throw new AssertionError("GET has no body");
  }

  @Override
  public void respond(Response answer) {
    response = answer;
  }

  @Override
  public Outlet stream(List<Header> headers) {
    streams = true;
    return this;
  }

  @Override
  public void accept(List<String> protocols, SocketLimits limits, SocketReceiver receiver) {
    throw new AssertionError("no socket was asked for");
  }

  @Override
  public void onGone(Runnable action) {
    onGone = action;
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String rawPath() {
    return path;
  }

  @Override
  public String rawQuery() {
    return query;
  }

  @Override
  public String header(String name) {
    return fields.get(name.toLowerCase(Locale.ROOT));
  }

  @Override
  public List<String> headers(String name) {
    String value = header(name);
    return value == null ? List.of() : List.of(value);
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String forwardedHost() {
    return null;
  }

  @Override
  public boolean direct() {
    return true;
  }

  @Override
  public InetSocketAddress remote() {
    return new InetSocketAddress(0);
  }

  @Override
  public boolean wantsWebSocket() {
    return false;
  }

  @Override
  public boolean persistent() {
    return true;
  }

  @Override
  public void listen(Listener listener) {}

  @Override
  public Offer offer(ByteBuf frame) {
    written.append(frame.toString(StandardCharsets.UTF_8));
    return Offer.WRITTEN;
  }

  @Override
  public void flush() {}

  @Override
  public void end() {
    ended = true;
  }

  @Override
  public void abort() {
    ended = true;
  }
}
