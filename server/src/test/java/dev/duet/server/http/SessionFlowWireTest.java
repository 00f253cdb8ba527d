package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.memory.LateBroker;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// `duet.v1`: clients that ask and do not listen, and servers that stop.
@Timeout(300)
class SessionFlowWireTest {
  /// A socket with small buffers. Its frames have a mask of zeros, so they are what they say.
  private static final class Slow implements AutoCloseable {
    final Socket socket = new Socket();
    final DataInputStream in;
    final OutputStream out;

    Slow(int port) throws IOException {
      socket.setReceiveBufferSize(16 << 10);
      socket.setSendBufferSize(16 << 10);
      socket.setSoTimeout(60_000);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 << 10));
      out = socket.getOutputStream();
      String head =
          "GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
              + "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      var answer = new StringBuilder();
      while (answer.indexOf("\r\n\r\n") < 0) {
        answer.append((char) in.readUnsignedByte());
      }
      assertThat(answer.toString()).startsWith("HTTP/1.1 101");
    }

    static byte[] frame(String text) {
      byte[] payload = text.getBytes(StandardCharsets.UTF_8);
      var frame = new ByteArrayOutputStream();
      frame.write(0x81);
      frame.write(0x80 | (payload.length < 126 ? payload.length : 126));
      if (payload.length >= 126) {
        frame.write(payload.length >> 8);
        frame.write(payload.length);
      }
      frame.writeBytes(new byte[4]);
      frame.writeBytes(payload);
      return frame.toByteArray();
    }

    void send(String text) throws IOException {
      out.write(frame(text));
    }

    /// The next text message; WebSocket pings are skipped.
    String next() throws IOException {
      while (true) {
        int first = in.readUnsignedByte();
        long length = in.readUnsignedByte();
        length = length == 127 ? in.readLong() : length == 126 ? in.readUnsignedShort() : length;
        byte[] payload = in.readNBytes((int) length);
        if (first == 0x81) {
          return new String(payload, StandardCharsets.UTF_8);
        }
        assertThat(first).isEqualTo(0x89);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /// Waits until the number stands still.
  private static int settled(AtomicInteger number) throws InterruptedException {
    int before = -1;
    while (before != number.get()) {
      before = number.get();
      Thread.sleep(1_000);
    }
    return before;
  }

  @Test
  void whoAsksAndDoesNotListenIsNotReadAndIsAnsweredLater() throws Exception {
    // Requests of 1 KB and answers of 150 bytes: more than the buffers of both sockets hold.
    int count = 60_000;
    String pad = " ".repeat(900);
    try (var live = new Live();
        var slow = new Slow(live.port)) {
      var sent = new AtomicInteger();
      var sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int from = 0; from < count; from += 100) {
                    var some = new ByteArrayOutputStream();
                    for (int i = from; i < from + 100; i++) {
                      some.writeBytes(
                          Slow.frame("{\"type\":\"ping\",\"id\":\"" + id(i) + "\"" + pad + "}"));
                    }
                    slow.out.write(some.toByteArray());
                    sent.addAndGet(100);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertThat(settled(sent)).isLessThan(count);
      assertThat(live.get("/health").statusCode()).isEqualTo(200);
      for (int i = 0; i < count; i++) {
        assertThat(slow.next()).startsWith("{\"type\":\"pong\",\"id\":\"" + id(i) + "\",");
      }
      sending.join();
    }
  }

  private static String id(int number) {
    return "%064d".formatted(number);
  }

  @Test
  void pagesAreReadOneAtATimeAndNoneIsLostOnAClientThatDoesNotListen() throws Exception {
    int count = 100;
    try (var live = new Live();
        var slow = new Slow(live.port)) {
      for (int i = 0; i < 10; i++) {
        live.publish("/channels/hello.pages", i + "x".repeat(100_000));
      }
      for (int i = 0; i < count; i++) {
        slow.send(
            "{\"type\":\"history\",\"id\":"
                + i
                + ",\"channel\":\"hello.pages\",\"since\":\"start\"}");
      }
      for (int i = 0; i < count; i++) {
        String page = slow.next();
        assertThat(page.substring(0, 40)).startsWith("{\"type\":\"history\",\"id\":" + i + ",");
        assertThat(page).contains("\"data\":\"0x").endsWith("\"more\":true,\"ended\":[]}");
      }
    }
  }

  @Test
  void whatWaitsForAClientThatGoesIsLetGo() throws Exception {
    try (var live = new Live()) {
      for (int i = 0; i < 10; i++) {
        live.publish("/channels/hello.pages", i + "x".repeat(100_000));
      }
      for (int round = 0; round < 5; round++) {
        try (var slow = new Slow(live.port)) {
          slow.send("{\"type\":\"subscribe\",\"channel\":\"hello.pages\",\"since\":\"start\"}");
          for (int i = 0; i < 200; i++) {
            slow.send("{\"type\":\"history\",\"channel\":\"hello.pages\",\"since\":\"start\"}");
            slow.send("{\"type\":\"ping\"}");
          }
          slow.next();
        }
      }
    }
  }

  @Test
  void aStopAnswersWhatIsUnderWayAndTellsWhenToComeBack() throws Exception {
    var broker = new LateBroker(Live.NAMESPACES);
    try (Live late = new Live(broker);
        var client = new SessionClient(late);
        var idle = new SessionClient(late)) {
      client.ask("{\"type\":\"subscribe\",\"channel\":\"hello.stop\"}");
      client.next("live");
      client.send("{\"type\":\"publish\",\"id\":1,\"channel\":\"hello.stop\",\"data\":1}");
      while (broker.pending(0) == 0) {
        Thread.onSpinWait();
      }
      var stopping = CompletableFuture.runAsync(() -> late.duet.stop(Duration.ofSeconds(30)));
      assertThat(client.next())
          .matches("\\{\"type\":\"end\",\"reason\":\"restart\",\"retry\":[0-9]+}");
      assertThat(idle.next()).contains("\"restart\"");
      assertThat(idle.closed()).matches("1012 [0-9]+");
      broker.commitAll();
      assertThat(client.next()).startsWith("{\"type\":\"published\",\"id\":1,");
      assertThat(client.closed()).matches("1012 [0-9]+");
      stopping.join();
    }
  }
}
