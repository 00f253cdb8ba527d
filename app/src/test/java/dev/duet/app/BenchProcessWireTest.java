package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class BenchProcessWireTest {
  @Test
  void aRunThatIsBrokenOffReportsWhatThereIs() throws InterruptedException {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        var bench =
            ServeProcess.ofClasses(
                "bench",
                "--url",
                "http://127.0.0.1:" + duet.port(),
                "--subscribers",
                "5",
                "--duration",
                "1h",
                "--warmup",
                "0",
                "--timeout",
                "60s")) {
      await().atMost(Duration.ofSeconds(100)).until(() -> bench.err().contains("deliveries/s"));
      bench.terminate();
      assertThat(bench.exitCode()).isEqualTo(128 + 15);
      assertThat(bench.out())
          .contains("Broken off: this is what there was by then.", "connected     5 of 5")
          .containsPattern("published +[1-9]");
    }
  }
}
