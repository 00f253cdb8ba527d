package dev.duet.examples;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.http.EchoSocket;

/// A WebSocket on a path of the application's own: `/echo` sends every message back.
///
/// A handler is one method that answers a request with a receiver. [EchoSocket] is one to copy
/// from; it shows how to wait for a client that does not read.
public final class EchoServer {
  private EchoServer() {}

  /// Listens on port 8081.
  public static void main(String[] args) {
    Duet duet = start(8081);
    System.out.println("Echoes at ws://127.0.0.1:" + duet.port() + "/echo");
  }

  static Duet start(int port) {
    return Duet.start(DuetSettings.DEFAULT.withPort(port)).socketHandler("/echo", new EchoSocket());
  }
}
