package dev.duet.app.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.function.Function;

/// A small server of events, in chunks, that publishes what is posted to `/pub` to all who read
/// `/sub`, but does to each message what it was told to.
final class FaultyServer implements AutoCloseable {
  /// What comes of the n-th message, from 1: an empty list loses it.
  interface Fault extends Function<Sent, List<String>> {}

  record Sent(int number, String payload, List<String> before) {}

  private final HttpServer http;
  private final Fault fault;
  private final Set<Integer> refused;
  private final List<HttpExchange> readers = new ArrayList<>();
  private final List<String> payloads = new ArrayList<>();
  private int cutAfter = Integer.MAX_VALUE;

  FaultyServer(Fault fault) {
    this(fault, Set.of());
  }

  /// @param refused messages that it answers with 503, and does not publish
  FaultyServer(Fault fault, Set<Integer> refused) {
    this.fault = fault;
    this.refused = refused;
    try {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext("/sub", this::subscribe);
    http.createContext("/pub", this::publish);
    http.start();
  }

  static Fault none() {
    return sent -> List.of(sent.payload);
  }

  /// Breaks the readers' connections after so many messages.
  FaultyServer cutAfter(int messages) {
    cutAfter = messages;
    return this;
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
  }

  private synchronized void subscribe(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write(": hello\n\n".getBytes(UTF_8));
    exchange.getResponseBody().flush();
    readers.add(exchange);
  }

  private synchronized void publish(HttpExchange exchange) throws IOException {
    String payload = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    payloads.add(payload);
    int number = payloads.size();
    if (refused.contains(number)) {
      byte[] why = "full up".getBytes(UTF_8);
      exchange.sendResponseHeaders(503, why.length);
      exchange.getResponseBody().write(why);
      exchange.close();
      return;
    }
    for (String message : fault.apply(new Sent(number, payload, List.copyOf(payloads)))) {
      for (HttpExchange reader : readers) {
        OutputStream out = reader.getResponseBody();
        out.write(("data: " + message + "\n\n").getBytes(UTF_8));
        out.flush();
      }
    }
    if (number == cutAfter) {
      readers.forEach(HttpExchange::close);
      readers.clear();
    }
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
