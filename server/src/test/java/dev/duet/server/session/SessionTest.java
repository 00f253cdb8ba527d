package dev.duet.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Namespaces;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.access.Access;
import dev.duet.server.access.AccessSettings;
import dev.duet.server.access.Action;
import dev.duet.server.access.Caller;
import dev.duet.server.access.Decision;
import dev.duet.server.access.Guard;
import dev.duet.server.access.OperatorSettings;
import dev.duet.server.access.Operators;
import dev.duet.server.access.Question;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Socket;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.LoopThread;
import dev.duet.server.presence.Presence;
import dev.duet.server.presence.PresenceSettings;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.publish.Publisher;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A session before clients that do not listen, that leave, and whose access ends, on a loop whose
/// tasks run when the test says so.
class SessionTest {
  /// The loop: a queue.
  private static final class Tasks implements LoopThread {
    final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    @Override
    public void execute(Runnable task) {
      waiting.add(task);
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {}

    void run() {
      for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
        task.run();
      }
    }
  }

  /// A client that listens or does not.
  private static final class Client implements Socket, Outlet {
    final List<String> heard = new ArrayList<>();
    private final Executor loop;
    boolean deaf;
    boolean paused;
    @Nullable String closed;
    @Nullable Listener listener;

    Client(Executor loop) {
      this.loop = loop;
    }

    @Override
    public Executor loop() {
      return loop;
    }

    @Override
    public Outlet outlet() {
      return this;
    }

    @Override
    public void close(int code, String reason) {
      closed = closed == null ? code + " " + reason : closed;
    }

    @Override
    public void pauseReading(boolean wanted) {
      paused = wanted;
    }

    @Override
    public void listen(Listener value) {
      listener = value;
    }

    @Override
    public Offer offer(ByteBuf frame) {
      if (deaf) {
        return Offer.BEHIND;
      }
      String text = frame.toString(StandardCharsets.ISO_8859_1);
      heard.add(text.substring(text.indexOf('{')));
      return Offer.WRITTEN;
    }

    @Override
    public void flush() {}

    @Override
    public void end() {}

    @Override
    public void abort() {}
  }

  private record Head() implements RequestHead {
    @Override
    public String method() {
      return "GET";
    }

    @Override
    public String rawPath() {
      return "/ws";
    }

    @Override
    public String rawQuery() {
      return "";
    }

    @Override
    public @Nullable String header(String name) {
      return null;
    }

    @Override
    public List<String> headers(String name) {
      return List.of();
    }

    @Override
    public String scheme() {
      return "http";
    }

    @Override
    public InetSocketAddress remote() {
      return new InetSocketAddress(0);
    }

    @Override
    public @Nullable String forwardedHost() {
      return null;
    }

    @Override
    public boolean wantsWebSocket() {
      return true;
    }

    @Override
    public boolean persistent() {
      return true;
    }

    @Override
    public boolean direct() {
      return true;
    }
  }

  /// A server with one open session.
  private static final class Server implements AutoCloseable {
    final Tasks tasks = new Tasks();
    final MemoryBroker broker = new MemoryBroker(MemorySettings.of(Namespaces.DEFAULT));
    final Hub hub = new Hub(broker, HubSettings.DEFAULT, System::nanoTime);
    final HubLoop loop = hub.addLoop(tasks);
    final Publisher publisher =
        new Publisher(broker, PublishLimits.DEFAULT, Runnable::run, System::nanoTime);
    final Presence presence =
        new Presence(broker, PresenceSettings.DEFAULT, System::nanoTime, InstantSource.system());
    final Guard guard;
    final Sessions sessions;
    final Session session;
    final Client client = new Client(tasks);

    Server(Access access) {
      guard =
          new Guard(
              AccessSettings.of(access),
              new Operators(OperatorSettings.DEFAULT),
              System::nanoTime,
              InstantSource.system());
      sessions =
          new Sessions(guard, Namespaces.DEFAULT, hub, publisher, presence, SessionLimits.DEFAULT);
      var caller = new Caller(new Head());
      var connect = new Question(caller, Action.CONNECT, List.of("/ws"), null);
      var pass = guard.ask(connect, tasks).toCompletableFuture().join();
      session = sessions.open(loop, tasks, caller, pass, 0);
      session.opened(client, Sessions.PROTOCOL);
      tasks.run();
    }

    Server send(String message) {
      byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
      assertThat(publisher.quota().take(bytes.length)).isTrue();
      session.text(bytes);
      return this;
    }

    Server deaf() {
      client.deaf = true;
      return this;
    }

    void listen() {
      client.deaf = false;
      Outlet.Listener to = client.listener;
      assertThat(to).isNotNull();
      if (to != null) {
        to.ready();
      }
      tasks.run();
    }

    void publish(String channel) {
      Draft draft = Draft.of(PayloadType.TEXT, "x".getBytes(StandardCharsets.UTF_8));
      publisher.publish(channel, draft).toCompletableFuture().join();
      tasks.run();
    }

    List<String> heard(String type) {
      return client.heard.stream()
          .filter(one -> one.startsWith("{\"type\":\"" + type + "\""))
          .toList();
    }

    @Override
    public void close() {
      session.closed(1006, "");
      tasks.run();
      hub.close();
      broker.close();
    }
  }

  /// Everybody may everything, but is asked.
  private static CompletionStage<Decision> asked(Question question) {
    return CompletableFuture.completedStage(Decision.allow());
  }

  // ---- who does not listen

  /// Pages that waited for room were never settled when their client left, and their bytes counted
  /// for good.
  @Test
  void whatPagesHeldIsReleasedWhenTheirClientLeaves() {
    try (var server = new Server(Access.OPEN)) {
      server.publish("news");
      server.deaf();
      for (int i = 0; i < 10; i++) {
        server.send("{\"type\":\"history\",\"channel\":\"news\",\"since\":\"start\",\"id\":1}");
      }
      server.tasks.run();
      server.session.closed(1006, "");
      server.tasks.run();
      assertThat(server.publisher.inFlightBytes()).isZero();
    }
  }

  /// A message of blanks around a small request kept others from publishing as long as its client
  /// liked.
  @Test
  void pagesThatWaitForTheirClientTakeNoRoomFromPublishers() {
    try (var server = new Server(Access.OPEN)) {
      server.publish("news");
      server.deaf();
      String blanks = " ".repeat(50_000);
      for (int i = 0; i < 10; i++) {
        server.send(
            "{\"type\":\"history\",\"channel\":\"news\",\"since\":\"start\"" + blanks + "}");
      }
      server.tasks.run();
      assertThat(server.publisher.inFlightBytes()).isZero();
      server.listen();
      assertThat(server.heard("history")).hasSize(10);
    }
  }

  @Test
  void aClientIsNotReadWhileManyOfItsBytesAreUnderWay() {
    var undecided = new CompletableFuture<Decision>();
    try (var server =
        new Server(
            question ->
                question.action() == Action.PUBLISH ? undecided : SessionTest.asked(question))) {
      String data = "x".repeat(200_000);
      for (int i = 0; i < 60 && !server.client.paused; i++) {
        server.send("{\"type\":\"publish\",\"channel\":\"news\",\"data\":\"" + data + "\"}");
      }
      assertThat(server.publisher.inFlightBytes())
          .isLessThan(2L * server.sessions.socketLimits().maxMessageBytes());
      undecided.complete(Decision.allow());
      server.tasks.run();
      assertThat(server.publisher.inFlightBytes()).isZero();
      assertThat(server.client.paused).isFalse();
    }
  }

  /// What had come when the first answer found no room stayed undone, and its bytes counted, as
  /// long as its client liked.
  @Test
  void publicationsThatHaveComeAreAppendedThoughTheirClientDoesNotListen() {
    var undecided = new CompletableFuture<Decision>();
    try (var server =
        new Server(
            question ->
                question.action() == Action.PUBLISH ? undecided : SessionTest.asked(question))) {
      for (int i = 0; i < 20; i++) {
        server.send("{\"type\":\"publish\",\"channel\":\"news\",\"data\":1,\"id\":" + i + "}");
      }
      server.deaf();
      undecided.complete(Decision.allow());
      server.tasks.run();
      assertThat(server.publisher.inFlightBytes()).isZero();
      assertThat(server.client.paused).as("no more is read").isTrue();
      server.listen();
      assertThat(server.heard("published")).hasSize(20);
      assertThat(server.client.paused).isFalse();
    }
  }

  /// A client that was behind when the server stopped was not told, and kept the stop waiting.
  @Test
  void whoIsBehindWhenTheServerStopsIsClosedAllTheSame() {
    try (var server = new Server(Access.OPEN)) {
      server.deaf().send("{\"type\":\"ping\"}").send("{\"type\":\"ping\"}");
      server.tasks.run();
      server.hub.stop();
      server.tasks.run();
      assertThat(server.client.closed).startsWith("1012 ");
    }
  }

  /// It was decided that the subscription begins, but there was no room to say so.
  @Test
  void aSubscriptionThatWasLeftBeforeItsFirstWordsFoundRoomIsAnswered() {
    try (var server = new Server(Access.OPEN)) {
      server.send("{\"type\":\"subscribe\",\"channel\":\"news\",\"id\":1}");
      server.tasks.run();
      server.deaf();
      server.publish("news");
      server.send("{\"type\":\"subscribe\",\"channel\":\"late\",\"id\":2}");
      server.tasks.run();
      server.send("{\"type\":\"unsubscribe\",\"channel\":\"late\",\"id\":3}");
      server.tasks.run();
      server.listen();
      assertThat(server.client.heard)
          .contains(
              "{\"type\":\"subscribed\",\"id\":2,\"channels\":[]}",
              "{\"type\":\"unsubscribed\",\"id\":3}");
    }
  }

  // ---- access

  /// The page was read anew when there was room, long after its channel was taken back.
  @Test
  void aPageThatWaitedIsNotServedWhenItsAccessIsRevoked() {
    try (var server = new Server(SessionTest::asked)) {
      server.publish("news");
      server.deaf();
      server.send("{\"type\":\"history\",\"channel\":\"news\",\"since\":\"start\",\"id\":1}");
      server.send("{\"type\":\"history\",\"channel\":\"news\",\"since\":\"start\",\"id\":2}");
      server.tasks.run();
      var revoked = server.guard.revoke((user, channel) -> channel.equals("news"));
      server.tasks.run();
      assertThat(revoked.toCompletableFuture()).isCompleted();
      server.listen();
      assertThat(server.heard("history")).isEmpty();
      assertThat(server.heard("error")).hasSize(2).allMatch(one -> one.contains("\"revoked\""));
    }
  }

  @Test
  void manyRequestsAtOnceAskOnce() {
    var questions = new ArrayList<Question>();
    var undecided = new CompletableFuture<Decision>();
    Access access =
        question -> {
          questions.add(question);
          return question.action() == Action.PUBLISH ? undecided : SessionTest.asked(question);
        };
    try (var server = new Server(access)) {
      for (int i = 0; i < 20; i++) {
        server.send("{\"type\":\"publish\",\"channel\":\"news\",\"data\":1,\"id\":" + i + "}");
      }
      undecided.complete(Decision.allow());
      server.tasks.run();
      assertThat(server.heard("published")).hasSize(20);
      assertThat(questions).filteredOn(one -> one.action() == Action.PUBLISH).hasSize(1);
    }
  }

  /// What was allowed together ended together, also for what was no longer followed.
  @Test
  void revokingAChannelThatWasLeftEndsNoOther() {
    try (var server = new Server(SessionTest::asked)) {
      server.send("{\"type\":\"subscribe\",\"channels\":[\"a\",\"b\",\"c\"]}");
      server.tasks.run();
      server.send("{\"type\":\"unsubscribe\",\"channel\":\"b\"}");
      server.tasks.run();
      var revoked = server.guard.revoke((user, channel) -> channel.equals("b"));
      server.tasks.run();
      assertThat(revoked.toCompletableFuture().join()).isZero();
      server.publish("a");
      assertThat(server.heard("publication")).hasSize(1);
      revoked = server.guard.revoke((user, channel) -> channel.equals("c"));
      server.tasks.run();
      assertThat(revoked.toCompletableFuture().join()).isEqualTo(1);
      assertThat(server.heard("end")).hasSize(2);
      server.publish("a");
      assertThat(server.heard("publication")).hasSize(1);
    }
  }

  /// Each answer for a thousand names was kept, and sixty-four of them, for one connection.
  @Test
  void longListsOfNamesAreNotRemembered() {
    var questions = new ArrayList<Question>();
    Access access =
        question -> {
          questions.add(question);
          return SessionTest.asked(question);
        };
    try (var server = new Server(access)) {
      String names =
          String.join(",", IntStream.range(0, 1_000).mapToObj(i -> "\"c" + i + "\"").toList());
      for (int i = 0; i < 2; i++) {
        server.send("{\"type\":\"subscribe\",\"channels\":[" + names + "]}");
        server.tasks.run();
        server.send("{\"type\":\"unsubscribe\",\"channels\":[" + names + "]}");
        server.tasks.run();
      }
      assertThat(questions).filteredOn(one -> one.action() == Action.SUBSCRIBE).hasSize(2);
    }
  }

  // ---- defects

  /// It stayed in the queue for good, and so did all that came after it.
  @Test
  void aKindOfRequestThatFailsIsToldAndHoldsNothing() {
    try (var server = new Server(Access.OPEN)) {
      server.sessions.register(
          "odd",
          new RequestKind() {
            @Override
            public List<String> members() {
              return List.of();
            }

            @Override
            public Request read(Incoming message) {
              throw new IllegalStateException("a defect");
            }
          });
      server.send("{\"type\":\"odd\"}").send("{\"type\":\"ping\"}");
      server.tasks.run();
      assertThat(server.heard("error")).hasSize(1).first().asString().contains("\"internal\"");
      assertThat(server.heard("pong")).hasSize(1);
      assertThat(server.publisher.inFlightBytes()).isZero();
    }
  }
}
