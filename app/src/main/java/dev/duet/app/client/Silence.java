package dev.duet.app.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Closes a stream on which nothing came for too long: a server sends a heartbeat every 25 s, so
/// the path is dead. One that is told to send them less often is asked again more often, which
/// loses nothing.
final class Silence extends FilterInputStream {
  static final Duration MOST = Duration.ofSeconds(90);

  private final long mostNanos;
  private final Thread watch;
  private volatile long last = System.nanoTime();

  Silence(InputStream in) {
    this(in, MOST);
  }

  Silence(InputStream in, Duration most) {
    super(in);
    this.mostNanos = most.toNanos();
    this.watch = Thread.ofVirtual().start(this::watch);
  }

  private void watch() {
    try {
      long left = mostNanos;
      while (left > 0) {
        Thread.sleep(Duration.ofNanos(left));
        left = mostNanos - (System.nanoTime() - last);
      }
      in.close();
    } catch (InterruptedException | IOException e) {
      // It is closed, or cannot be.
    }
  }

  @Override
  public int read() throws IOException {
    int b = super.read();
    last = System.nanoTime();
    return b;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int count = super.read(into, from, length);
    last = System.nanoTime();
    return count;
  }

  @Override
  public void close() throws IOException {
    watch.interrupt();
    super.close();
  }
}
