package dev.duet.systemtests.stalled;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;

/// A server for a JVM of its own, whose memory is bounded from outside. Prints its port; ends when
/// its standard input does.
final class BoundedServer {
  private BoundedServer() {}

  public static void main(String[] arguments) throws Exception {
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0))) {
      System.out.println(duet.port());
      while (System.in.read() >= 0) {}
    }
    System.exit(0);
  }
}
