package dev.duet.systemtests.stalled;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.transport.Deadlines;
import dev.duet.server.transport.TransportOptions;
import java.time.Duration;

/// A server for a JVM of its own, whose memory is bounded from outside. It does not cut who reads
/// nothing: they are to be a burden for as long as the test takes on a slow machine. Prints its
/// port; ends when its standard input does.
final class BoundedServer {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private BoundedServer() {}

  public static void main(String[] arguments) throws Exception {
    Deadlines usual = Deadlines.DEFAULT;
    var patient =
        new Deadlines(
            usual.head(),
            usual.idle(),
            usual.body(),
            usual.bodyBytesPerSecond(),
            PATIENCE,
            usual.linger(),
            usual.closing(),
            usual.gone(),
            PATIENCE);
    DuetSettings settings =
        DuetSettings.DEFAULT
            .withPort(0)
            .withTransport(TransportOptions.on("127.0.0.1", 0).withDeadlines(patient));
    try (Duet duet = Duet.start(settings)) {
      System.out.println(duet.port());
      while (System.in.read() >= 0) {}
    }
    System.exit(0);
  }
}
