package dev.duet.server.hub;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.memory.LateBroker;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Start;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One loop, its logs and some readers, moved task by task. Channels `none.…` keep nothing,
/// `latest.…` the latest per key, all others history.
final class Scene implements AutoCloseable {
  /// Whoever reads here.
  static final Peer PEER = new Peer(new InetSocketAddress(0), null);

  final LateBroker broker;
  final SimLoop thread;
  Hub hub;
  HubLoop loop;

  /// One log.
  Scene() {
    this(List.of("one"));
  }

  /// @param logs names of one or two; in the second live the channels that begin with a capital
  Scene(List<String> logs) {
    var namespaces =
        new Namespaces(
            List.of(
                namespace("none.*", Retention.Mode.NONE),
                namespace("latest.*", Retention.Mode.LATEST),
                namespace("*", Retention.Mode.HISTORY)));
    broker =
        new LateBroker(
            namespaces,
            logs,
            channel -> Character.isUpperCase(channel.charAt(0)) ? logs.size() - 1 : 0,
            1);
    thread = new SimLoop(broker.clocks()::nanos);
  }

  private static Namespace namespace(String pattern, Retention.Mode mode) {
    return new Namespace(pattern, Retention.DEFAULT.withMode(mode), Durability.MEMORY);
  }

  /// What somebody asks for and gets.
  final class Reader {
    final SimOutlet outlet = new SimOutlet(thread, 1 << 20);
    private final SimParser parser = new SimParser(Wires.SSE);
    private final List<SimParser.Message> messages = new ArrayList<>();
    Admission admission;

    /// Asks, and begins as soon as it may.
    Reader(String channels, Cursor cursor) {
      this(channels, cursor, Start.NOW, 0, true);
    }

    /// @param begins whether it begins by itself as soon as it may
    Reader(String channels, Cursor cursor, Start start, long paceNanos, boolean begins) {
      var request =
          new StreamRequest(
              List.of(channels.split(",")),
              cursor,
              start,
              Wires.SSE,
              false,
              paceNanos,
              null,
              PEER,
              ending -> outlet.end());
      loop.open(request)
          .thenAccept(
              answer -> {
                admission = answer;
                if (begins && answer.subscription() != null) {
                  begin();
                }
              });
    }

    void begin() {
      admission.subscription().begin(outlet);
    }

    /// What it has got so far.
    List<SimParser.Message> messages() {
      messages.addAll(parser.feed(outlet.drain(Integer.MAX_VALUE)));
      return messages;
    }

    /// The numbers of the publications among it.
    List<Long> numbers() {
      return messages().stream()
          .map(SimParser.Message::number)
          .filter(number -> number >= 0)
          .toList();
    }

    boolean toldOfGap() {
      return messages().stream().anyMatch(message -> message.gap() != null);
    }

    /// The cursor that it has once it got the publication.
    String cursorOf(long number) {
      return messages().stream()
          .filter(message -> message.number() == number)
          .findFirst()
          .orElseThrow()
          .cursor();
    }
  }

  void start(int ringEntries, int slice) {
    start(ringEntries, slice, 1_000);
  }

  /// @param pageCount publications of a page that is read from the log
  void start(int ringEntries, int slice, int pageCount) {
    hub =
        new Hub(
            broker,
            new HubSettings(
                1 << 20,
                ringEntries,
                slice,
                1_000_000,
                64 << 10,
                pageCount,
                64 << 10,
                8,
                Duration.ofSeconds(25),
                1_000,
                1_000),
            broker.clocks()::nanos);
    loop = hub.addLoop(thread);
  }

  /// Publishes something that is told by its number. Returns its offset.
  long publish(String channel, int number) {
    return publish(channel, draft(number));
  }

  long publish(String channel, Draft draft) {
    var receipt =
        broker.logs().get(broker.logOf(channel)).append(channel, draft).toCompletableFuture();
    broker.commitAll();
    return ((Receipt.Appended) receipt.join()).offset();
  }

  static Draft draft(int number) {
    return Draft.of(PayloadType.TEXT, ("n=" + number + ";").getBytes(StandardCharsets.UTF_8));
  }

  /// Where the log's present id begins to mean something: a cursor at an offset.
  Cursor at(long offset) {
    return at(broker.logs().getFirst().ids().current(), offset);
  }

  static Cursor at(String id, long offset) {
    return new Cursor(List.of(new Cursor.Position(id, offset)), null);
  }

  void run() {
    for (int tasks = 0; tasks < 100_000; tasks++) {
      if (!thread.runOne()) {
        return;
      }
    }
    throw new AssertionError("a loop that never rests: " + loop);
  }

  /// Time passes in small steps.
  void pass(Duration time) {
    for (long left = time.toMillis(); left > 0; left -= 50) {
      broker.advance(Duration.ofMillis(Math.min(left, 50)));
      run();
    }
  }

  @Override
  public void close() {
    if (hub != null) {
      hub.stop();
      run();
      hub.close();
    }
    broker.close();
  }
}
