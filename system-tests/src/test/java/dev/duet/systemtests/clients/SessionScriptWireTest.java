package dev.duet.systemtests.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.systemtests.Json;
import dev.duet.systemtests.Node;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A client that somebody else could have written: JavaScript on npm's ws, from the chapter on
/// duet.v1 in docs/protocol.md. It follows channels that join and leave, publishes to them, and is
/// cut at random, within answers and publications alike.
@Timeout(180)
class SessionScriptWireTest {
  private static final int COUNT = 2_000;

  private final long seed = Long.getLong("duet.seed", new Random().nextLong(1_000_000));

  @Test
  void everythingIsPublishedAndReceivedOnceAndInOrder() throws Exception {
    System.out.println("-Dduet.seed=" + seed + " repeats what is random here");
    String channels =
        IntStream.range(0, 20).mapToObj(i -> "\"room." + i + "\"").collect(Collectors.joining(","));
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        var proxy = new CuttingProxy(duet.port(), seed, 256 << 10)) {
      proxy.cutting(true);
      String plan =
          "{\"url\":\"ws://127.0.0.1:%d/ws\",\"channels\":[%s],\"count\":%d,\"seed\":%d,\"seconds\":150}"
              .formatted(proxy.port(), channels, COUNT, seed);
      Process script = Node.start("session.mjs", plan);
      try (var out = new BufferedReader(new InputStreamReader(script.getInputStream(), UTF_8))) {
        String line = out.readLine();
        System.out.println(line + ", " + proxy.cuts() + " cuts");
        assertThat(line).isNotNull();
        Json found = Json.object(line);
        assertThat(found.text("failed")).isEmpty();
        assertThat(found.number("published")).isEqualTo(COUNT);
        assertThat(found.number("received")).isEqualTo(COUNT);
        assertThat(found.number("gaps")).isZero();
        assertThat(found.number("binary")).isPositive();
        assertThat(found.number("resent")).isPositive();
        assertThat(found.number("left")).isPositive();
        assertThat(proxy.cuts()).isGreaterThan(3);
      } finally {
        Node.end(script);
      }
    }
  }
}
