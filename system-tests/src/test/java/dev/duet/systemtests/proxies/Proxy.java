package dev.duet.systemtests.proxies;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// A proxy that runs, on a port of loopback, before a server.
final class Proxy implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Product product;
  private final Path directory;
  private final Path file;
  private final int port;
  private Process process;

  private Proxy(Product product, Path directory, Path file, int port) {
    this.product = product;
    this.directory = directory;
    this.file = file;
    this.port = port;
    start();
  }

  /// As its package sets it up, told nothing but where the server is.
  static Proxy bare(Product product, int server) {
    return of(product, server, product.bare(), part -> part);
  }

  /// With the file of docs/deploy.
  static Proxy recommended(Product product, int server) {
    return of(product, server, product.recommended(), part -> part);
  }

  /// @param part with 127.0.0.1:8080 for the server, and port 80 to listen on
  /// @param change of the whole configuration
  static Proxy of(Product product, int server, String part, UnaryOperator<String> change) {
    try {
      int port = freePort();
      Path directory = Files.createTempDirectory("duet-" + product.program);
      Path file = directory.resolve("configuration");
      String whole = change.apply(product.whole(directory, part));
      Files.writeString(
          file,
          whole
              .replace("127.0.0.1:8080", "127.0.0.1:" + server)
              .replaceAll("(?m)listen 80;", "listen 127.0.0.1:" + port + ";")
              .replaceAll("bind :80\\b", "bind 127.0.0.1:" + port)
              .replaceAll("<VirtualHost \\*:80>", "<VirtualHost *:" + port + ">")
              .replaceAll("127\\.0\\.0\\.1:80\\b", "127.0.0.1:" + port));
      return new Proxy(product, directory, file, port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  String base() {
    return "http://127.0.0.1:" + port;
  }

  /// Begins to listen; returns when it does.
  void start() {
    try {
      process =
          new ProcessBuilder(product.command(product.path().toString(), directory, file))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(said().toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      await().atMost(PATIENCE).until(() -> !process.isAlive() || listens());
    } finally {
      if (!process.isAlive()) {
        throw new AssertionError(product + " did not start: " + output());
      }
    }
  }

  private boolean listens() {
    try (var probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private Path said() {
    return directory.resolve("said");
  }

  private String output() {
    try {
      return Files.readString(said());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Changes its configuration and makes it read that, as an operator does.
  void reload(UnaryOperator<String> change) {
    try {
      Files.writeString(file, change.apply(Files.readString(file)));
      new ProcessBuilder("kill", "-" + product.reload, Long.toString(process.pid()))
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Ends it and all that it started, at once: its connections break.
  void kill() {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    await().atMost(PATIENCE).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Override
  public void close() {
    List<ProcessHandle> started = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    started.forEach(ProcessHandle::destroyForcibly);
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
