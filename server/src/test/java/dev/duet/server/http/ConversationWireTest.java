package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.access.Access;
import dev.duet.server.access.Decision;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// WebSockets of the application's own, in blocking code.
@Timeout(120)
class ConversationWireTest {
  private static Live.Raw open(Live live, String... more) {
    Live.Raw raw =
        live.open(
            "/",
            Stream.concat(
                    Stream.of(
                        "connection: upgrade",
                        "upgrade: websocket",
                        "sec-websocket-version: 13",
                        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="),
                    Stream.of(more))
                .toArray(String[]::new));
    raw.until("\r\n\r\n");
    return raw;
  }

  private static String frame(String text) {
    return "\u0081" + (char) (0x80 | text.length()) + "\0\0\0\0" + text;
  }

  @Test
  void eachTextIsHandledInItsOrderOnAVirtualThreadThatMayBlock() throws Exception {
    try (var live = new Live()) {
      BlockingQueue<Boolean> virtual = new LinkedBlockingQueue<>();
      live.duet.socketHandler(
          "/",
          new Conversation(
              (client, text) -> {
                virtual.add(Thread.currentThread().isVirtual());
                Thread.sleep(text.equals("a") ? 50 : 0);
                assertThat(client.send("Echo: " + text)).isTrue();
              }));
      try (Live.Raw socket = open(live)) {
        socket.send(frame("a") + frame("b") + frame("c"));
        assertThat(socket.until("Echo: c"))
            .isEqualTo("\ufffd\u0007Echo: a\ufffd\u0007Echo: b\ufffd\u0007Echo: c");
      }
      assertThat(virtual).containsExactly(true, true, true);
    }
  }

  @Test
  void aClientThatDoesNotReadIsWaitedForAndOneThatHasGoneIsTold() throws Exception {
    var sent = new LinkedBlockingQueue<Boolean>();
    var last = new CountDownLatch(1);
    String large = "x".repeat(1 << 20);
    try (var live = new Live()) {
      live.duet.socketHandler(
          "/",
          new Conversation(
              (client, text) -> {
                boolean there = true;
                while (there) {
                  there = client.send(large);
                  sent.add(there);
                }
                last.countDown();
              }));
      Live.Raw socket = open(live);
      socket.send(frame("go"));
      assertThat(sent.poll(60, TimeUnit.SECONDS)).isTrue();
      while (sent.poll(1, TimeUnit.SECONDS) != null) {
        assertThat(last.getCount()).isEqualTo(1);
      }
      socket.close();
      assertThat(last.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(sent).last().isEqualTo(false);
    }
  }

  @Test
  void aHandlerKnowsTheUserThatAccessGave() {
    Access access =
        Access.blocking(
            question -> {
              String user = question.caller().cookie("user");
              return user == null ? Decision.allow() : Decision.allow(user);
            });
    try (var live = new Live(settings -> settings.withAccess(access))) {
      live.duet.socketHandler(
          "/", new Conversation((client, text) -> client.send("You are " + client.user())));
      try (Live.Raw socket = open(live, "cookie: user=ann")) {
        socket.send(frame("a")).until("You are ann");
      }
      try (Live.Raw socket = open(live)) {
        socket.send(frame("a")).until("You are null");
      }
    }
  }

  @Test
  void aHandlerThatThrowsClosesAndBytesAreRefused() {
    try (var live = new Live()) {
      live.duet.socketHandler(
          "/",
          new Conversation(
              (client, text) -> {
                throw new IllegalStateException("planted");
              }));
      try (Live.Raw socket = open(live)) {
        socket.send(frame("a")).until("the server failed");
        socket.send("\u0088\u0080\0\0\0\0");
        assertThat(socket.rest()).as("the closing handshake ends").isEmpty();
      }
      try (Live.Raw socket = open(live)) {
        socket.send("\u0082\u0080\0\0\0\0").until("text is spoken here");
      }
    }
  }
}
