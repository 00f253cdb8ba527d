package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Bytes under way count over all connections.
class InFlightWireTest {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

  /// What is announced takes nothing, what came does, and what is gone gives it back: of three
  /// bodies for which two have room one is refused, again and again.
  @Test
  void bodiesUnderWayAreBounded() {
    int most = 16 << 20;
    String head =
        "POST /channels/hello HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + most + "\r\n\r\n";
    String almost = "x".repeat(most - 1);
    try (Live big =
            new Live(
                settings ->
                    settings.withLimits(
                        settings.limits().withMaxBodyBytes(most).withMaxInFlightBytes(2L * most)));
        Live.Raw announced = new Live.Raw(big.port)) {
      announced.send(head);
      for (int round = 0; round < 3; round++) {
        try (Live.Raw a = new Live.Raw(big.port);
            Live.Raw b = new Live.Raw(big.port);
            Live.Raw c = new Live.Raw(big.port)) {
          List<Live.Raw> all = List.of(a, b, c);
          List<CompletableFuture<String>> answers =
              all.stream()
                  .map(
                      raw ->
                          CompletableFuture.supplyAsync(() -> answer(raw, head + almost), THREADS))
                  .toList();
          Object refused =
              CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new)).join();
          assertThat(refused.toString()).matches("(?s)HTTP/1.1 503.*retry-after: 1\r.*\"busy\".*");
          List<Live.Raw> left =
              IntStream.range(0, 3)
                  .filter(i -> !answers.get(i).isDone())
                  .mapToObj(all::get)
                  .toList();
          left.forEach(raw -> raw.send("x"));
          assertThat(answers.stream().map(CompletableFuture::join))
              .filteredOn(answer -> answer.startsWith("HTTP/1.1 200"))
              .hasSizeBetween(1, left.size());
        }
      }
    }
  }

  private static String answer(Live.Raw raw, String request) {
    return raw.send(request).until("}");
  }

  /// Messages of WebSockets under way take room from bodies.
  @Test
  void fragmentsOfMessagesCountWithBodies() {
    int most = 16 << 20;
    String body = "x".repeat(most - 100);
    try (Live big =
        new Live(
            settings ->
                settings.withLimits(
                    settings.limits().withMaxBodyBytes(most).withMaxInFlightBytes(2L * most)))) {
      try (Live.Raw a = fragment(big, body);
          Live.Raw b = fragment(big, body)) {
        Awaitility.await()
            .until(() -> big.post("/channels/hello", "x".repeat(999)).statusCode() == 503);
        assertThat(a).isNotSameAs(b);
      }
      Awaitility.await()
          .until(() -> big.post("/channels/hello", "x".repeat(999)).statusCode() == 200);
    }
  }

  /// A socket that has sent the first fragment of a message, masked with zeros.
  private static Live.Raw fragment(Live server, String body) {
    Live.Raw raw =
        server.open(
            "/channels/hello",
            "upgrade: websocket",
            "connection: upgrade",
            "sec-websocket-version: 13",
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==");
    raw.until("\r\n\r\n");
    var head = new StringBuilder("\u0001\u00FF\0\0\0\0");
    for (int shift = 24; shift >= 0; shift -= 8) {
      head.append((char) ((body.length() >> shift) & 0xFF));
    }
    return raw.send(head + "\0\0\0\0" + body);
  }
}
