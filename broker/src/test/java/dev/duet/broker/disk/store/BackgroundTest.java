package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BackgroundTest {
  /// Else nothing would be sealed any more.
  @Test
  void workThatFailedIsDoneAgainWhenItIsAskedFor() {
    var runs = new AtomicInteger();
    var background =
        new Background(
            Runnable::run,
            () -> {
              switch (runs.incrementAndGet()) {
                case 1 -> throw new IllegalStateException("the test says so");
                case 2 -> throw new AssertionError("the test says so");
                default -> {}
              }
            });
    background.wake();
    assertThatThrownBy(background::wake).isInstanceOf(AssertionError.class);
    background.wake();
    assertThat(runs).hasValue(3);
    background.close();
    background.wake();
    assertThat(runs).hasValue(3);
  }

  /// Whoever wakes it has just written a batch: that is no failure, and the log goes on.
  @Test
  void anExecutorThatHasNoThreadIsAskedAgain() {
    var runs = new AtomicInteger();
    var asked = new AtomicInteger();
    var background =
        new Background(
            work -> {
              if (asked.incrementAndGet() == 1) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              work.run();
            },
            runs::incrementAndGet);
    background.wake();
    assertThat(runs).hasValue(0);
    background.wake();
    assertThat(runs).hasValue(1);
  }
}
