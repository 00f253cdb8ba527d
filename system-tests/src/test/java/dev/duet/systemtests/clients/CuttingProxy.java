package dev.duet.systemtests.clients;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A TCP proxy that cuts its connections, each after a random number of bytes from the server: one
/// to four million, the small numbers as likely as the large ones.
///
/// A cut is a reset or an end, as the seed says. In the first kilobyte it is always a reset:
/// Chromium takes an answer's head that merely ends for a whole one, and an EventSource gives up
/// for good when its content type is missing; no server can help that.
public final class CuttingProxy implements AutoCloseable {
  private static final int RESETS_BELOW = 1 << 10;
  private static final int BUFFER = 16 << 10;

  private final ServerSocket listener;
  private final int upstream;
  private final Random random;
  private final int mostBytes;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cuts = new AtomicInteger();
  private volatile boolean cutting;
  private volatile boolean closed;

  /// @param mostBytes a connection is cut after one to so many bytes
  public CuttingProxy(int upstream, long seed, int mostBytes) {
    this.upstream = upstream;
    this.mostBytes = mostBytes;
    this.random = new Random(seed);
    try {
      listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("cutting-proxy").start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /// How many connections it has cut.
  public int cuts() {
    return cuts.get();
  }

  /// Whether it cuts from now on; what counts is what passes while it does.
  public void cutting(boolean value) {
    cutting = value;
  }

  /// Cuts all that is open now.
  public void cutAll() {
    links.forEach(link -> link.cut(true));
  }

  @Override
  public void close() {
    closed = true;
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    links.forEach(Link::close);
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = listener.accept();
        var link = new Link(client, budget(), random.nextBoolean());
        links.add(link);
        Thread.ofVirtual().name("cutting-proxy").start(link::run);
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private long budget() {
    return (long) Math.pow(mostBytes, random.nextDouble());
  }

  private final class Link {
    private final Socket client;
    private final Socket server = new Socket();
    private final boolean reset;
    private long budget;
    private long passed;

    Link(Socket client, long budget, boolean reset) {
      this.client = client;
      this.budget = budget;
      this.reset = reset;
    }

    void run() {
      try {
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream));
        Thread.ofVirtual().name("cutting-proxy").start(this::toServer);
        toClient();
      } catch (IOException e) {
        close();
      }
    }

    private void toServer() {
      try {
        client.getInputStream().transferTo(server.getOutputStream());
        server.shutdownOutput();
      } catch (IOException e) {
        close();
      }
    }

    private void toClient() throws IOException {
      var buffer = new byte[BUFFER];
      InputStream in = server.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        boolean last = cutting && n >= budget;
        int most = last ? (int) budget : n;
        out.write(buffer, 0, most);
        passed += most;
        if (last) {
          cut(reset || passed < RESETS_BELOW);
          return;
        }
        budget -= cutting ? n : 0;
      }
      close();
    }

    void cut(boolean byReset) {
      if (byReset) {
        try {
          client.setSoLinger(true, 0);
        } catch (IOException e) {
          // it is closed already
        }
      }
      cuts.incrementAndGet();
      close();
    }

    void close() {
      links.remove(this);
      for (Socket socket : new Socket[] {client, server}) {
        try {
          socket.close();
        } catch (IOException e) {
          // nothing is left to do with it
        }
      }
    }
  }
}
