package dev.duet.broker.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a channel costs in memory.
class IdleChannelTest {
  private static final int CHANNELS = 200_000;

  /// One payload for all, which so is not counted.
  private static final Draft DRAFT = Draft.of(PayloadType.TEXT, new byte[16]);

  private final ManualClocks clocks = new ManualClocks();

  private MemoryBroker open(Retention.Mode mode) {
    var retention = Retention.DEFAULT.withMode(mode).withMaxAge(Duration.ofSeconds(10));
    var namespaces = new Namespaces(List.of(new Namespace("*", retention, Durability.MEMORY)));
    return new MemoryBroker(
        MemorySettings.of(namespaces)
            .withClocks(clocks.wall(), clocks::nanos)
            .withMaxBytes(Long.MAX_VALUE));
  }

  private static String name(int i) {
    return "a-channel-with-32-letters.%06d".formatted(i);
  }

  private void fill(MemoryBroker broker) {
    Log log = broker.logs().getFirst();
    for (int i = 0; i < CHANNELS; i++) {
      log.append(name(i), DRAFT);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HISTORY", "LATEST"})
  void anIdleChannelCosts300BytesAtMost(Retention.Mode mode) {
    assertThat(name(0)).hasSize(32);
    fill(open(mode));
    long before = used();
    MemoryBroker broker = open(mode);
    fill(broker);
    long each = (used() - before) / CHANNELS;
    System.out.println("an idle channel, " + mode + ": " + each + " bytes");
    assertThat(broker.log(0).channels()).isEqualTo(CHANNELS);
    assertThat(each).isBetween(150L, 300L);
  }

  @Test
  void aForgottenChannelCostsNothing() {
    fill(open(Retention.Mode.HISTORY));
    long before = used();
    MemoryBroker broker = open(Retention.Mode.HISTORY);
    fill(broker);
    clocks.advance(Duration.ofSeconds(11));
    while (broker.tick()) {}
    assertThat(broker.log(0).channels()).isZero();
    assertThat((used() - before) / CHANNELS).isLessThanOrEqualTo(5);
    assertThat(broker.logs()).hasSize(1);
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      var token = new WeakReference<>(new Object());
      while (token.get() != null) {
        System.gc();
      }
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
