package dev.duet.app.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Passes bytes on, and cuts each connection after some number of them.
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int port;
  private final int most;
  private final Random random;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  final AtomicInteger cuts = new AtomicInteger();

  /// @param most bytes of an answer before the cut
  CuttingProxy(int port, int most, long seed) throws IOException {
    this.port = port;
    this.most = most;
    this.random = new Random(seed);
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        open.add(client);
        open.add(server);
        int left;
        synchronized (random) {
          left = random.nextInt(most);
        }
        Thread.ofVirtual().start(() -> pass(client, server, Integer.MAX_VALUE));
        Thread.ofVirtual().start(() -> pass(server, client, left));
      } catch (IOException e) {
        // The next one, or the end.
      }
    }
  }

  private void pass(Socket from, Socket to, int left) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      var bytes = new byte[4_096];
      int rest = left;
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        out.write(bytes, 0, Math.min(count, rest));
        rest -= Math.min(count, rest);
        if (rest == 0) {
          cuts.incrementAndGet();
          return;
        }
      }
    } catch (IOException e) {
      // Cut from the other side.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
