package dev.duet.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.server.Duet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ExamplesWireTest {
  @Test
  void echoServerEchoes() throws Exception {
    var said = new CompletableFuture<String>();
    try (Duet duet = EchoServer.start(0);
        var client = HttpClient.newHttpClient()) {
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + duet.port() + "/echo"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence data, boolean last) {
                      said.complete(data.toString());
                      return null;
                    }
                  })
              .join();
      socket.sendText("Hello", true).join();
      assertThat(said.get(20, TimeUnit.SECONDS)).isEqualTo("Hello");
      socket.abort();
    }
  }

  /// The client begins to read only when its own messages go no further.
  @Test
  void echoServerWaitsForAClientThatDoesNotRead() throws Exception {
    int messages = 100;
    var received = new ConcurrentLinkedQueue<Integer>();
    var all = new CountDownLatch(messages);
    try (Duet duet = EchoServer.start(0);
        var client = HttpClient.newHttpClient()) {
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + duet.port() + "/echo"),
                  new WebSocket.Listener() {
                    private boolean inMessage;

                    @Override
                    public void onOpen(WebSocket opened) {}

                    @Override
                    public CompletionStage<?> onBinary(
                        WebSocket from, ByteBuffer data, boolean last) {
                      if (!inMessage) {
                        received.add((int) data.get());
                      }
                      inMessage = !last;
                      if (last) {
                        all.countDown();
                      }
                      from.request(1);
                      return null;
                    }
                  })
              .join();
      var message = new byte[1 << 20];
      CompletableFuture<?> sent = CompletableFuture.completedFuture(null);
      for (int i = 0; i < messages; i++) {
        message[0] = (byte) i;
        ByteBuffer copy = ByteBuffer.wrap(message.clone());
        sent = sent.thenCompose(before -> socket.sendBinary(copy, true));
      }
      CompletableFuture<?> whole = sent;
      assertThatThrownBy(() -> whole.get(1, TimeUnit.SECONDS)).isInstanceOf(TimeoutException.class);
      socket.request(1);
      assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(received).containsExactlyElementsOf(IntStream.range(0, messages).boxed().toList());
      socket.abort();
    }
  }

  @Test
  void aSeatIsBookedOnce() throws Exception {
    try (Duet duet = Booking.start(0);
        var client = HttpClient.newHttpClient()) {
      String origin = "http://127.0.0.1:" + duet.port();
      assertThat(call(client, origin + "/rpc/book", "7A")).isEqualTo("200 {\"booked\":true}");
      assertThat(call(client, origin + "/rpc/book", "7A"))
          .startsWith("409 ")
          .contains("\"code\":\"not-free\"");
      assertThat(call(client, origin + "/rpc/seats", "")).isEqualTo("200 7B 7C");
      assertThat(get(client, origin + "/channels/taken?since=start", "application/json"))
          .contains("\"key\":\"7A\"");
    }
  }

  private static String call(HttpClient client, String uri, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(uri)).POST(BodyPublishers.ofString(body)).build();
    var answer = client.send(request, BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static String get(HttpClient client, String uri, String accept) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(uri)).header("accept", accept).build();
    return client.send(request, BodyHandlers.ofString()).body();
  }
}
