package dev.duet.broker;

import static dev.duet.broker.Bench.namespaces;
import static dev.duet.broker.Bench.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Gap;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the law says of channels that keep all, up to their bounds.
interface HistoryClauses {
  Bench open(Namespaces namespaces);

  private Bench open() {
    Retention retention = Retention.DEFAULT.withMaxAge(Duration.ofSeconds(10));
    return open(
        namespaces(
            "few*",
            retention.withMaxCount(3),
            "light*",
            retention.withMaxBytes(1_000),
            "long*",
            Retention.DEFAULT,
            "*",
            retention));
  }

  @Test
  default void theOldestGoBeyondTheCount() {
    Bench bench = open();
    long start = bench.position("few");
    long[] offsets = new long[6];
    for (int i = 0; i < 6; i++) {
      offsets[i] = bench.put("few", "" + i);
    }
    assertThat(bench.texts("few", start)).containsExactly("gap", "3", "4", "5");
    assertThat(bench.info("few"))
        .isEqualTo(new Log.ChannelInfo("few", 3, 195, offsets[5], offsets[2], 0));
    assertThat(bench.texts("few", offsets[2])).containsExactly("3", "4", "5");
  }

  @Test
  default void theOldestGoBeyondTheBytes() {
    Bench bench = open();
    for (int i = 0; i < 6; i++) {
      bench.put("light", "x".repeat(236));
    }
    assertThat(bench.info("light").count()).isEqualTo(3);
    assertThat(bench.info("light").bytes()).isEqualTo(900);
    bench.put("light", "y".repeat(5_000));
    assertThat(bench.info("light").count()).isEqualTo(1);
  }

  @Test
  default void theOldGo() {
    Bench bench = open();
    bench.put("a", "1");
    bench.pass(Duration.ofSeconds(6));
    bench.put("a", "2");
    bench.pass(Duration.ofSeconds(6));
    assertThat(bench.held("a")).containsExactly("2");
    assertThat(bench.texts("a", 0)).containsExactly("gap", "2");
    assertThat(bench.position("a")).isEqualTo(bench.info("a").tail());
  }

  /// A log may still know how far a forgotten channel went: then nobody else is told a gap.
  @Test
  default void aForgottenChannelLeavesAtMostOneNumberToItsNamespace() {
    Bench bench = open();
    long start = bench.position("a");
    long first = bench.put("a", "1");
    bench.put("long", "1");
    long last = bench.put("a2", "1");
    bench.pass(Duration.ofSeconds(11));
    assertThat(bench.info("a")).isEqualTo(new Log.ChannelInfo("a", 0, 0, 0, 0, 0));
    assertThat(bench.page(Span.after("a", start)).items())
        .singleElement()
        .isIn(
            new Gap("a", start, first, Gap.Reason.FORGOTTEN, false, false),
            new Gap("a", start, last, Gap.Reason.FORGOTTEN, false, false));
    assertThat(bench.texts("a", first)).isIn(List.of(), List.of("gap?"));
    assertThat(bench.texts("a", last)).isEmpty();
    assertThat(bench.texts("nobody", start)).isIn(List.of(), List.of("gap?"));
    assertThat(bench.texts("few", start)).isEmpty();
    assertThat(bench.texts("long2", start)).isEmpty();
  }

  @Test
  default void aNewChannelBeginsAtThatNumberOrAtNone() {
    Bench bench = open();
    long start = bench.position("few");
    long old = bench.put("few", "old");
    bench.pass(Duration.ofSeconds(11));
    bench.put("few2", "0");
    assertThat(bench.texts("few2", start)).isIn(List.of("0"), List.of("gap?", "0"));
    assertThat(bench.texts("few2", old)).containsExactly("0");
    for (int i = 1; i <= 3; i++) {
      bench.put("few2", "" + i);
    }
    assertThat(bench.texts("few2", start)).containsExactly("gap", "1", "2", "3");
  }

  @Test
  default void trimForgetsUpToAnOffset() {
    Bench bench = open();
    long start = bench.position("a");
    bench.put("a", "1");
    long second = bench.put("a", "2");
    long between = bench.put("other", "x");
    long third = bench.put("a", "3");
    Log.ChannelInfo info = bench.trim("a", between);
    assertThat(info.count()).isEqualTo(1);
    assertThat(info.tail()).isEqualTo(third);
    assertThat(info.horizon()).isBetween(second, between);
    assertThat(bench.texts("a", start)).containsExactly("gap", "3");
    assertThat(bench.texts("a", between)).containsExactly("3");
    assertThat(bench.trim("a", second).count()).isEqualTo(1);
  }

  @Test
  default void aChannelTrimmedWholeIsForgotten() {
    Bench bench = open();
    long start = bench.position("a");
    bench.put("a", text("1").withEnd(true));
    assertThat(bench.trim("a", Long.MAX_VALUE >>> 12))
        .isEqualTo(new Log.ChannelInfo("a", 0, 0, 0, 0, 0));
    assertThat(bench.texts("a", start)).containsExactly("gap?");
    long now = bench.position("a");
    assertThat(bench.texts("a", now)).isEmpty();
    bench.put("a", text("2").withIfMatch(0));
    assertThat(bench.texts("a", now)).containsExactly("2");
  }
}
