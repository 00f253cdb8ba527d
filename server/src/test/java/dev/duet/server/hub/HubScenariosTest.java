package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.memory.LateBroker;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Start;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Schedules that broke a design or a version of the hub, each with its story: too narrow for the
/// simulation to meet in every run.
final class HubScenariosTest {
  private final LateBroker broker =
      new LateBroker(
          new Namespaces(
              List.of(
                  new Namespace(
                      "none.*", Retention.DEFAULT.withMode(Retention.Mode.NONE), Durability.MEMORY),
                  new Namespace("*", Retention.DEFAULT, Durability.MEMORY))));
  private final SimLoop thread = new SimLoop(broker.clocks()::nanos);
  private Hub hub = null;
  private HubLoop loop = null;

  /// A reader that takes everything, or nothing while it is stalled.
  private final class Client {
    private final SimOutlet outlet = new SimOutlet(thread, 1 << 20);
    private final SimParser parser = new SimParser(Wires.SSE);
    private final List<Long> numbers = new ArrayList<>();
    private Subscription subscription;
    private boolean toldOfGap;

    Client(String channel, Cursor cursor) {
      var request =
          new StreamRequest(
              List.of(channel), cursor, Start.NOW, Wires.SSE, false, 0, null, e -> outlet.end());
      loop.open(request)
          .thenAccept(
              admission -> {
                subscription = admission.subscription();
                subscription.begin(outlet);
              });
    }

    List<Long> numbers() {
      for (SimParser.Message message : parser.feed(outlet.drain(Integer.MAX_VALUE))) {
        toldOfGap |= message.gap() != null;
        if (message.number() >= 0) {
          numbers.add(message.number());
        }
      }
      return numbers;
    }
  }

  private void start(int ringEntries, int slice) {
    hub =
        new Hub(
            broker,
            new HubSettings(
                1 << 20,
                ringEntries,
                slice,
                1_000_000,
                64 << 10,
                1_000,
                64 << 10,
                8,
                Duration.ofSeconds(25),
                1_000,
                1_000),
            broker.clocks()::nanos);
    loop = hub.addLoop(thread);
  }

  private void publish(String channel, int number) {
    broker
        .logs()
        .getFirst()
        .append(
            channel,
            Draft.of(PayloadType.TEXT, ("n=" + number + ";").getBytes(StandardCharsets.UTF_8)));
    broker.commitAll();
  }

  private void run() {
    while (thread.runOne()) {}
  }

  @AfterEach
  void close() {
    hub.stop();
    run();
    hub.close();
    broker.close();
  }

  /// The newest step of a loop is not where the loop stands: it also takes publications of channels
  /// that nobody reads here. Whoever becomes live after such a one, while a walk is under way, must
  /// not fall back to the step when the loop is lapped.
  @Test
  void whoeverBecomesLiveInTheMiddleOfAWalkStaysWhereItIsWhenTheLoopIsLapped() {
    start(4, 1);
    for (int i = 0; i < 40; i++) {
      var unused = new Client("f", null);
    }
    run();
    publish("f", 1);
    thread.runOne();
    publish("x", 2);
    thread.runOne();
    var reader = new Client("x", null);
    for (int i = 0; i < 30 && reader.subscription == null; i++) {
      thread.runOne();
    }
    for (int i = 0; i < 4; i++) {
      thread.runOne();
    }
    assertThat(loop.order().w()).as("the walk over f is under way").isLessThan(loop.order().last());

    for (int number = 3; number < 20; number++) {
      publish("x", number);
    }
    run();

    assertThat(reader.numbers()).startsWith(3L).doesNotHaveDuplicates().hasSize(17);
  }

  /// A channel that keeps nothing is read from the ring alone, one that keeps history from the log
  /// where the ring does not reach: both in one stream, of which only the first was watched for
  /// long.
  @Test
  void aStreamOfAKeptAndAnUnkeptChannelGetsBothWhereTheRingBegan() {
    start(64, 8);
    var watching = new Client("none.a", null);
    run();
    Cursor before = hub.now();
    publish("kept", 1);
    publish("none.a", 2);
    run();
    var numbers = new ArrayList<Long>();
    var outlet = new SimOutlet(thread, 1 << 20);
    loop.open(
            new StreamRequest(
                List.of("kept", "none.a"),
                before,
                Start.NOW,
                Wires.SSE,
                false,
                0,
                null,
                e -> outlet.end()))
        .thenAccept(admission -> admission.subscription().begin(outlet));
    for (int tasks = 0; tasks < 1_000 && thread.runOne(); tasks++) {}
    for (SimParser.Message message :
        new SimParser(Wires.SSE).feed(outlet.drain(Integer.MAX_VALUE))) {
      if (message.number() >= 0) {
        numbers.add(message.number());
      }
    }

    assertThat(numbers).containsExactly(1L, 2L);
    assertThat(watching.numbers()).containsExactly(2L);
    assertThat(thread.runOne()).as("the loop rests").isFalse();
  }

  /// A poll reads the log while a publication comes: it must not sleep until the next one.
  @Test
  void aPollDoesNotSleepOverWhatCameWhileItRead() {
    publish("h", 1);
    start(2, 8);
    publish("h", 2);
    publish("other", 3);
    publish("other", 4);
    publish("other", 5);
    Cursor after = hub.now();
    var answer =
        loop.page(
            new PageRequest(
                List.of("h"), after, Start.NOW, false, 10, 1 << 20, Duration.ofHours(1).toNanos()));
    for (int tasks = 0; tasks < 3; tasks++) {
      thread.runOne();
    }
    publish("h", 6);
    run();

    assertThat(answer).isCompleted();
    assertThat(answer.join().publications()).hasSize(1);
  }

  /// Whoever trims a channel does not expect the ring to give out what the log no longer holds.
  @Test
  void whatWasTrimmedIsNotGivenOutByTheRing() {
    start(64, 8);
    Cursor before = hub.now();
    publish("h", 1);
    publish("h", 2);
    broker.logs().getFirst().trim("h", hub.now().positions().getFirst().offset());
    publish("h", 3);
    var reader = new Client("h", before);
    run();

    assertThat(reader.numbers()).containsExactly(3L);
    assertThat(reader.toldOfGap).isTrue();
  }

  /// A poll that nobody waits for any more leaves at once.
  @Test
  void aCancelledPollIsNotKept() {
    start(64, 8);
    var answer =
        loop.page(
            new PageRequest(
                List.of("h"), null, Start.NOW, false, 10, 1 << 20, Duration.ofHours(1).toNanos()));
    run();
    assertThat(loop.isIdle()).isFalse();

    answer.cancel(false);

    assertThat(loop.isIdle()).isTrue();
  }
}
