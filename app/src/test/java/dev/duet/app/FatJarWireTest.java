package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The jar that the launcher runs, after it was packaged: all that it needs is in it.
final class FatJarWireTest {
  private static final Path JAR = Path.of("target", "duet.jar").toAbsolutePath();

  @Test
  void startsWithoutWarningsAndEchoes() throws Exception {
    try (var serve = ServeProcess.ofJar(JAR, "serve", "--port", "0", "--echo").awaitStart();
        var client = HttpClient.newHttpClient()) {
      var message = new byte[16 << 20];
      message[message.length - 1] = 7;
      var echo = new WholeMessage();
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + serve.port() + "/echo"), echo)
              .join();
      int fragments = 65_536;
      int length = message.length / fragments;
      for (int i = 0; i < fragments; i++) {
        socket.sendBinary(ByteBuffer.wrap(message, i * length, length), i == fragments - 1).join();
      }
      assertThat(echo.whole.get(60, TimeUnit.SECONDS)).isEqualTo(ByteBuffer.wrap(message));

      assertThat(serve.terminate().exitCode()).isZero();
      assertThat(echo.closed.get(60, TimeUnit.SECONDS)).isEqualTo(1012);
      assertThat(serve.err()).isEmpty();
      assertThat(serve.out()).contains("ws://127.0.0.1:" + serve.port() + "/echo");
    }
  }

  @Test
  void usesEpollFromTheJar() throws Exception {
    assumeThat(System.getProperty("os.name")).as("epoll is Linux'").isEqualTo("Linux");
    try (var serve = ServeProcess.ofJar(JAR, "serve", "--port", "0").awaitStart()) {
      assertThat(serve.log())
          .containsPattern("Successfully loaded the library .*netty_transport_native_epoll");
    }
  }

  @Test
  void knowsItsVersion() throws Exception {
    try (var version = ServeProcess.ofJar(JAR, "version")) {
      assertThat(version.exitCode()).isZero();
      assertThat(version.out()).startsWith("duet 0.");
      assertThat(version.err()).isEmpty();
    }
  }

  private static final class WholeMessage implements WebSocket.Listener {
    final CompletableFuture<ByteBuffer> whole = new CompletableFuture<>();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final ByteBuffer parts = ByteBuffer.allocate(16 << 20);

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      parts.put(data);
      if (last) {
        whole.complete(parts.flip());
      }
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      whole.completeExceptionally(error);
      closed.completeExceptionally(error);
    }
  }
}
