package dev.duet.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Publishes the time every second from Java; the channel's page shows it live.
public final class PublishAndShow {
  private PublishAndShow() {}

  /// Listens on port 8081.
  public static void main(String[] args) {
    Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(8081));
    var unused =
        Executors.newSingleThreadScheduledExecutor()
            .scheduleAtFixedRate(() -> tick(duet, Instant.now()), 0, 1, TimeUnit.SECONDS);
    System.out.println("Open http://127.0.0.1:" + duet.port() + "/channels/clock");
  }

  static void tick(Duet duet, Instant now) {
    byte[] time = now.truncatedTo(ChronoUnit.SECONDS).toString().getBytes(UTF_8);
    var unused = duet.publish("clock", Draft.of(PayloadType.TEXT, time));
  }
}
