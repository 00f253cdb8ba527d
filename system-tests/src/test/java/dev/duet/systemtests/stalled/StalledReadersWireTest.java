package dev.duet.systemtests.stalled;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Fifty readers stop reading while a gigabyte flows. The server is a process with little memory;
/// what it takes is measured from outside.
@Timeout(240)
class StalledReadersWireTest {
  private static final int STALLED = 50;
  private static final int OTHERS = 10;
  private static final int LARGE = 64 << 10;
  private static final int COUNT = (1 << 30) / LARGE;

  /// A small one after each of so many large ones, on a channel of its own.
  private static final int SMALL_EVERY = 8;

  /// 6 MiB: what a channel keeps by default has 8.
  private static final int AHEAD = 96;

  private static final int HEAP_MIB = 192;
  private static final int DIRECT_MIB = 192;

  /// What else a JVM takes: code, stacks, the collector's tables.
  private static final int JVM_MIB = 200;

  /// Who waited for a stalled reader would wait until that is cut, for a minute.
  private static final Duration SLOWEST = Duration.ofSeconds(30);

  @Test
  void costBoundedMemoryAndNobodyElse() throws Exception {
    Process server = server();
    var readers = new ArrayList<Reader>();
    try (var output =
        new BufferedReader(new InputStreamReader(server.getInputStream(), US_ASCII))) {
      int port = Integer.parseInt(output.readLine());
      String path = "/channels/large,small";
      var others = new ArrayList<Reader>();
      for (int i = 0; i < OTHERS; i++) {
        others.add(new Reader(port, path, i % 2 == 0, 0).start(System::nanoTime));
      }
      var stalled = new ArrayList<Reader>();
      for (int i = 0; i < STALLED; i++) {
        stalled.add(new Reader(port, path, i % 2 == 0, 8 << 10));
      }
      readers.addAll(others);
      readers.addAll(stalled);
      int started = residentMib(server, "VmRSS");

      long begin = System.nanoTime();
      publish(port, others);
      long published = System.nanoTime();
      await()
          .atMost(Duration.ofSeconds(120))
          .until(
              () ->
                  others.stream().allMatch(r -> r.received(true) == COUNT)
                          && others.stream().allMatch(r -> r.received(false) == COUNT / SMALL_EVERY)
                      || others.stream().anyMatch(r -> !r.failure().isEmpty()));

      int most = residentMib(server, "VmHWM");
      long slowest = others.stream().mapToLong(Reader::slowestNanos).max().orElseThrow();
      System.out.printf(
          "1 GiB in %d publications in %.1f s: at first %d MiB resident, at most %d MiB;"
              + " slowest delivery to one of the others %d ms%n",
          COUNT, (published - begin) / 1e9, started, most, TimeUnit.NANOSECONDS.toMillis(slowest));
      assertThat(others)
          .allSatisfy(
              reader -> {
                assertThat(reader.failure()).isEmpty();
                assertThat(reader.toldOfGap()).isFalse();
                assertThat(reader.received(true)).isEqualTo(COUNT);
                assertThat(reader.received(false)).isEqualTo(COUNT / SMALL_EVERY);
              });
      assertThat(Duration.ofNanos(slowest)).isLessThan(SLOWEST);
      assertThat(most).isLessThan(HEAP_MIB + DIRECT_MIB + JVM_MIB);

      // Whoever reads on is told of the gap and reaches the end; a raw socket is closed instead.
      Reader events = stalled.get(0).start(System::nanoTime);
      Reader socket = stalled.get(1).start(System::nanoTime);
      await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> events.last(true) == COUNT && !socket.failure().isEmpty());
      assertThat(events.toldOfGap()).isTrue();
      assertThat(events.received(true)).isLessThan(COUNT);
      assertThat(socket.failure()).contains("4409");
    } finally {
      for (Reader reader : readers) {
        reader.close();
      }
      server.getOutputStream().close();
      if (!server.waitFor(60, TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    }
    assertThat(server.exitValue()).isZero();
  }

  private static Process server() throws IOException {
    String java = ProcessHandle.current().info().command().orElseThrow();
    var command =
        List.of(
            java,
            "-Xmx" + HEAP_MIB + "m",
            "-XX:MaxDirectMemorySize=" + DIRECT_MIB + "m",
            "-Dio.netty.maxDirectMemory=0",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            BoundedServer.class.getName());
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /// On one kept connection, so that the order is that of the numbers; at most [#AHEAD] before
  /// those who read, so that it is not they who are slow.
  private static void publish(int port, List<Reader> others) throws IOException {
    var payload = new byte[LARGE];
    Arrays.fill(payload, (byte) 'x');
    var small = new byte[Reader.HEAD + 1];
    Arrays.fill(small, (byte) 'y');
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      for (int i = 1; i <= COUNT; i++) {
        int least = i - AHEAD;
        if (!reached(others, least)) {
          await()
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(1))
              .atMost(SLOWEST)
              .until(() -> reached(others, least));
        }
        post(socket, "large", payload, i);
        if (i % SMALL_EVERY == 0) {
          post(socket, "small", small, i / SMALL_EVERY);
        }
      }
    }
  }

  private static boolean reached(List<Reader> readers, int count) {
    return readers.stream().allMatch(r -> r.received(true) >= count || !r.failure().isEmpty());
  }

  private static void post(Socket socket, String channel, byte[] payload, int number)
      throws IOException {
    byte[] head = "%010d%020d".formatted(number, System.nanoTime()).getBytes(US_ASCII);
    System.arraycopy(head, 0, payload, 0, head.length);
    OutputStream out = socket.getOutputStream();
    String request =
        "POST /channels/"
            + channel
            + " HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Type: text/plain\r\nContent-Length: "
            + payload.length
            + "\r\n\r\n";
    out.write(request.getBytes(US_ASCII));
    out.write(payload);
    InputStream in = socket.getInputStream();
    var answer = new StringBuilder();
    var buffer = new byte[2_048];
    while (!answer.toString().endsWith("}\n")) {
      int n = in.read(buffer);
      if (n < 0) {
        throw new IOException("cut after: " + answer);
      }
      answer.append(new String(buffer, 0, n, US_ASCII));
    }
    if (!answer.toString().startsWith("HTTP/1.1 200 ")) {
      throw new IOException(answer.toString());
    }
  }

  /// @param line `VmRSS` for now, `VmHWM` for the most ever
  private static int residentMib(Process process, String line) throws IOException {
    return Files.readAllLines(Path.of("/proc", process.pid() + "", "status")).stream()
        .filter(each -> each.startsWith(line + ":"))
        .mapToInt(each -> Integer.parseInt(each.replaceAll("[^0-9]", "")) >> 10)
        .findFirst()
        .orElseThrow();
  }
}
