package dev.duet.bench;

import dev.duet.app.bench.Form;
import dev.duet.app.bench.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A server that is measured, in processes of its own.
final class Peer implements AutoCloseable {
  /// The launcher may have to build first.
  private static final Duration START = Duration.ofMinutes(5);

  private final String name;
  private final Process process;
  private final URI base;
  private final boolean nchan;

  private Peer(String name, Process process, int port, boolean nchan) {
    this.name = name;
    this.process = process;
    this.base = URI.create("http://127.0.0.1:" + port);
    this.nchan = nchan;
    try {
      awaitPort(port);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// Duet, as its launcher starts it.
  ///
  /// @param options more of them for `duet serve`
  static Peer duet(Path root, String... options) {
    int port = freePort();
    var command = new ArrayList<String>();
    command.add(root.resolve("duet").toString());
    command.addAll(List.of("serve", "--port", Integer.toString(port)));
    command.addAll(List.of(options));
    return new Peer("Duet", start(command.toArray(String[]::new)), port, false);
  }

  /// The floor, compiled with the machine's C compiler.
  static Peer floor(Path root, Path directory) {
    Path program = directory.resolve("floor");
    Process compiler =
        start(
            "cc", "-O2", "-o", program.toString(), root.resolve("bench/floor/floor.c").toString());
    try {
      if (!compiler.waitFor(1, TimeUnit.MINUTES) || compiler.exitValue() != 0) {
        throw new IllegalStateException("cc could not compile bench/floor/floor.c");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    int port = freePort();
    return new Peer("floor", start(program.toString(), Integer.toString(port)), port, false);
  }

  /// nginx with nchan, one worker.
  static Peer nchan(String nginx, Path module, Path directory) {
    int port = freePort();
    Path configuration = directory.resolve("nginx.conf");
    String text =
        """
        load_module %s;
        daemon off;
        worker_processes 1;
        worker_rlimit_nofile 20000;
        pid %s/nginx.pid;
        error_log %s/error.log;
        events { worker_connections 19000; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          tcp_nodelay on;
          nchan_shared_memory_size 128M;
          server {
            listen 127.0.0.1:%d backlog=4096;
            location ~ /sub/(.+)$ {
              nchan_subscriber;
              nchan_channel_id $1;
              nchan_subscriber_first_message newest;
            }
            location ~ /pub/(.+)$ {
              nchan_publisher;
              nchan_channel_id $1;
              nchan_message_buffer_length 1000;
            }
          }
        }
        """
            .formatted(module, directory, directory, port);
    try {
      Files.writeString(configuration, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Peer(
        "nchan",
        start(
            nginx,
            "-p",
            directory.toString(),
            "-e",
            directory.resolve("error.log").toString(),
            "-c",
            configuration.toString()),
        port,
        true);
  }

  String name() {
    return name;
  }

  int port() {
    return base.getPort();
  }

  /// CPU time of its processes so far, to a hundredth of a second (Linux: `/proc/PID/stat`).
  double cpuSeconds() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .mapToDouble(one -> one.info().totalCpuDuration().orElseThrow().toNanos() / 1e9)
        .sum();
  }

  /// Its process and those that it started.
  List<Long> pids() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(ProcessHandle::pid)
        .toList();
  }

  /// The sum of a metric of Duet, over all its labels.
  long metric(String name) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(base.resolve("/metrics")).build();
      List<String> lines =
          client
              .send(request, HttpResponse.BodyHandlers.ofLines())
              .body()
              .filter(line -> line.startsWith(name + '{') || line.startsWith(name + ' '))
              .toList();
      LogRun.check(!lines.isEmpty(), "there is no metric %s", name);
      return lines.stream()
          .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
          .sum();
    }
  }

  Target target(Form form, String run) {
    Target duet = Target.duet(base, form, run);
    return nchan
        ? new Target(
            base,
            form,
            "/sub/{channel}",
            List.of(),
            null,
            base + "/pub/{channel}",
            "POST",
            List.of("Content-Type: application/json"),
            "{payload}",
            duet.channelName())
        : duet;
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static Process start(String... command) {
    try {
      return new ProcessBuilder(command)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitPort(int port) {
    long until = System.nanoTime() + START.toNanos();
    while (true) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        return;
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() - until > 0) {
          throw new UncheckedIOException(name + " does not listen", e);
        }
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The first line that a program prints.
  static String said(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (var lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        String first = lines.readLine();
        return first == null ? "" : first;
      }
    } catch (IOException e) {
      return "unknown";
    }
  }
}
