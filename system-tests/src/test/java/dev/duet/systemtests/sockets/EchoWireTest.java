package dev.duet.systemtests.sockets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.http.EchoSocket;
import dev.duet.systemtests.Json;
import dev.duet.systemtests.Node;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;

/// npm's ws against an echo server: sizes, fragments, pings, close codes.
class EchoWireTest {
  private static final int CASES = 49;

  @Test
  void everyCaseOfAStrangersClient() throws Exception {
    try (Duet duet =
        Duet.start(DuetSettings.DEFAULT.withPort(0)).socketHandler("/echo", new EchoSocket())) {
      Process node = Node.start("echo.mjs", "ws://127.0.0.1:" + duet.port() + "/echo");
      var problems = new LinkedHashMap<String, String>();
      try (var output = new BufferedReader(new InputStreamReader(node.getInputStream(), UTF_8))) {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          Json result = Json.object(line);
          problems.put(result.text("case"), result.text("problem"));
        }
      } finally {
        Node.end(node);
      }
      assertThat(problems).hasSize(CASES);
      problems.values().removeIf(String::isEmpty);
      assertThat(problems).isEmpty();
    }
  }
}
