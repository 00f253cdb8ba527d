package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.Start;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is too large or too plain for the simulation's bundles (ADR 4).
final class BundleTest {
  private final Scene scene = new Scene();

  @AfterEach
  void close() {
    scene.close();
  }

  /// A thousand channels on one socket: live, lapped, left by half, and in one order all the time.
  @Test
  void aBundleOfAThousandChannelsIsLappedAndLeftByHalf() {
    scene.start(64, 8);
    var outlet = new SimOutlet(scene.thread, 1 << 20);
    var parser = new SimSessionParser();
    Bundle bundle = scene.loop.bundle(outlet, Wires.SESSION, 0, Scene.PEER, silent());
    List<String> channels = IntStream.range(0, 1_000).mapToObj(i -> "c" + i).toList();
    var unused =
        bundle.open(new SubscribeRequest(channels, null, Start.NOW, cursor -> Unpooled.buffer(0)));
    scene.run();
    scene.publish("c7", 1);
    scene.run();
    for (int i = 0; i < 1_000; i++) {
      scene.publish("c" + i, 2 + i);
    }
    scene.run();
    bundle.leave(channels.subList(0, 500));
    scene.publish("c3", 1_002);
    scene.publish("c503", 1_003);
    scene.run();

    List<SimSessionParser.Message> messages = parser.feed(outlet.drain(Integer.MAX_VALUE));
    assertThat(messages.getFirst().type()).isEqualTo("live");
    assertThat(messages.getFirst().channels()).hasSize(1_000);
    assertThat(messages)
        .filteredOn(message -> message.type().equals("publication"))
        .extracting(SimSessionParser.Message::number)
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, 1_003).filter(n -> n != 1_002).boxed().toList());
    bundle.close();
    assertThat(scene.loop.isIdle()).isTrue();
  }

  /// A bundle that comes while the loop stops is told so, and not kept.
  @Test
  void aBundleThatComesToAStoppedLoopEnds() {
    scene.start(64, 8);
    scene.hub.stop();
    scene.run();
    var reasons = new ArrayList<Ending.Reason>();
    scene.loop.bundle(
        new SimOutlet(scene.thread, 1 << 20),
        Wires.SESSION,
        0,
        Scene.PEER,
        new Bundle.Listener() {
          @Override
          public void ready() {}

          @Override
          public void gone() {}

          @Override
          public void ended(Ending ending) {
            reasons.add(ending.reason());
          }
        });
    scene.run();

    assertThat(reasons).containsExactly(Ending.Reason.RESTART);
    assertThat(scene.loop.isIdle()).isTrue();
  }

  /// One channel can be subscribed once; after it was left, again.
  @Test
  void aChannelIsSubscribedOnceUntilItIsLeft() {
    scene.start(64, 8);
    Bundle bundle =
        scene.loop.bundle(
            new SimOutlet(scene.thread, 1 << 20), Wires.SESSION, 0, Scene.PEER, silent());
    var request = new SubscribeRequest(List.of("a"), null, Start.NOW, cursor -> Unpooled.buffer(0));
    var first = bundle.open(request);
    assertThatThrownBy(() -> bundle.open(request)).hasMessage("subscribed already: a");
    bundle.leave(List.of("a"));
    var second = bundle.open(request);
    scene.run();

    assertThat(first).isCompletedWithValue(Admission.Verdict.LEFT);
    assertThat(second).isCompletedWithValue(Admission.Verdict.READY);
    bundle.close();
  }

  /// A channel of a subscription is left at any moment before that is answered: the answer is about
  /// the others all the same, and those that were not subscribed may be asked for again.
  @Test
  void aSubscriptionOfEndedChannelsIsAnsweredWheneverOneOfThemIsLeft() {
    scene.start(64, 8);
    scene.publish("a", Scene.draft(1).withEnd(true));
    scene.publish("b", Scene.draft(2).withEnd(true));
    var request =
        new SubscribeRequest(List.of("a", "b"), null, Start.NOW, cursor -> Unpooled.buffer(0));
    boolean answeredBefore = false;
    int tasks = 0;
    for (; !answeredBefore; tasks++) {
      Bundle bundle =
          scene.loop.bundle(
              new SimOutlet(scene.thread, 1 << 20), Wires.SESSION, 0, Scene.PEER, silent());
      var answer = bundle.open(request).toCompletableFuture();
      for (int i = 0; i < tasks; i++) {
        scene.thread.runOne();
      }
      answeredBefore = answer.isDone();
      bundle.leave(List.of("b"));
      scene.run();

      assertThat(answer)
          .as("left after %d tasks", tasks)
          .isCompletedWithValue(Admission.Verdict.ENDED);
      assertThat(bundle.size()).isZero();
      assertThat(bundle.contains("a")).isFalse();
      bundle.close();
    }
    assertThat(tasks).isGreaterThan(3);
  }

  private static Bundle.Listener silent() {
    return new Bundle.Listener() {
      @Override
      public void ready() {}

      @Override
      public void gone() {}

      @Override
      public void ended(Ending ending) {}
    };
  }
}
