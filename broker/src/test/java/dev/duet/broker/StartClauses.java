package dev.duet.broker;

import static dev.duet.broker.Bench.namespaces;
import static dev.duet.broker.Bench.text;
import static dev.duet.broker.Bench.texts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Retention.Mode;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the law says of starts.
interface StartClauses {
  Bench open(Namespaces namespaces);

  private Bench open() {
    Retention retention = Retention.DEFAULT.withMaxAge(Duration.ofSeconds(100));
    return open(
        namespaces(
            "few*", retention.withMaxCount(3),
            "state*", retention.withMode(Mode.LATEST).withMaxCount(4),
            "none", retention.withMode(Mode.NONE),
            "*", retention));
  }

  private static List<String> from(Bench bench, String channel, Start start, long asOf) {
    return texts(bench.page(bench.start(channel, start, asOf)).items());
  }

  private static List<String> from(Bench bench, String channel, Start start) {
    return from(bench, channel, start, bench.position(channel));
  }

  @Test
  default void eachStartOfAHistory() {
    Bench bench = open();
    for (int i = 0; i < 5; i++) {
      bench.put("few", "" + i);
    }
    long now = bench.position("few");
    assertThat(bench.start("few", Start.NOW, now)).isEqualTo(Span.after("few", now));
    assertThat(bench.start("few", Start.DEFAULT, now)).isEqualTo(Span.after("few", now));
    assertThat(from(bench, "few", Start.HELD)).containsExactly("2", "3", "4");
    assertThat(from(bench, "few", new Start.Last(2))).containsExactly("3", "4");
    assertThat(from(bench, "few", new Start.Last(3))).containsExactly("2", "3", "4");
    assertThat(from(bench, "few", new Start.Last(9))).containsExactly("2", "3", "4");
  }

  @Test
  default void eachStartOfAState() {
    Bench bench = open();
    for (int i = 0; i < 6; i++) {
      bench.putKey("state", "k" + i, "" + i);
    }
    long now = bench.position("state");
    assertThat(bench.info("state").horizon()).isPositive();
    assertThat(bench.start("state", Start.NOW, now)).isEqualTo(Span.after("state", now));
    assertThat(bench.start("state", Start.HELD, now).after()).isZero();
    assertThat(from(bench, "state", Start.DEFAULT)).containsExactly("2", "3", "4", "5");
    assertThat(from(bench, "state", Start.HELD)).containsExactly("2", "3", "4", "5");
    assertThat(from(bench, "state", new Start.Last(2))).containsExactly("4", "5");
    assertThat(from(bench, "state", new Start.Last(9))).containsExactly("2", "3", "4", "5");
  }

  @Test
  default void aStartIsNoGapAlsoWhereAllIsForgotten() {
    Bench bench = open();
    bench.put("a", "1");
    bench.putKey("state", "k", "1");
    bench.pass(Duration.ofSeconds(101));
    bench.pass(Duration.ofSeconds(101));
    for (Start start : List.of(Start.HELD, new Start.Last(3), new Start.Since(0))) {
      assertThat(from(bench, "a", start)).isEmpty();
      assertThat(from(bench, "state", start)).isEmpty();
      assertThat(from(bench, "none", start)).isEmpty();
    }
  }

  @Test
  default void sinceIsTheFirstAtOrAfterATime() {
    Bench bench = open();
    for (int i = 0; i < 4; i++) {
      bench.put("a", "" + i);
      bench.putKey("state", "k" + i, "" + i);
      bench.pass(Duration.ofSeconds(2));
    }
    List<Long> times =
        bench.page(Span.after("a", 0)).items().stream()
            .map(item -> ((Publication) item).time())
            .toList();
    for (String channel : List.of("a", "state")) {
      assertThat(from(bench, channel, new Start.Since(times.get(1))))
          .containsExactly("1", "2", "3");
      assertThat(from(bench, channel, new Start.Since(times.get(1) + 1))).containsExactly("2", "3");
      assertThat(from(bench, channel, new Start.Since(0))).containsExactly("0", "1", "2", "3");
      assertThat(from(bench, channel, new Start.Since(times.get(3) + 1))).isEmpty();
    }
  }

  @Test
  default void nothingAfterTheBeginIsLeftOut() {
    Bench bench = open();
    bench.put("a", "1");
    bench.put("a", "2");
    bench.putKey("state", "k", "1");
    long began = bench.position("a");
    bench.put("a", "3");
    bench.putKey("state", "k", "2");
    bench.putKey("state", "l", "3");
    long future = ((Publication) bench.page(Span.after("a", 0)).items().getFirst()).time() + 50_000;
    assertThat(from(bench, "a", Start.NOW, began)).containsExactly("3");
    assertThat(from(bench, "a", new Start.Last(1), began)).containsExactly("2", "3");
    assertThat(from(bench, "a", new Start.Since(future), began)).containsExactly("3");
    assertThat(from(bench, "state", Start.HELD, began)).containsExactly("2", "3");
    assertThat(from(bench, "state", new Start.Last(1), began)).containsExactly("2", "3");
    assertThat(from(bench, "state", new Start.Since(future), began)).containsExactly("2", "3");
    assertThat(from(bench, "new", Start.HELD, began)).isEmpty();
  }

  /// What retention took after the reader began is a gap, whatever its start.
  @Test
  default void aStartHoldsWhenRetentionHasMovedOn() {
    Bench bench = open();
    bench.put("few", "1");
    bench.put("few", "2");
    long began = bench.position("few");
    bench.put("few", "3");
    bench.put("few", "4");
    bench.put("few", "5");
    assertThat(from(bench, "few", Start.HELD, began)).containsExactly("3", "4", "5");
    bench.put("few", "6");
    for (Start start : List.of(Start.HELD, new Start.Last(2), new Start.Since(0))) {
      assertThat(bench.start("few", start, began)).isEqualTo(Span.after("few", began));
      assertThat(from(bench, "few", start, began)).containsExactly("gap", "4", "5", "6");
    }
  }

  /// A reader that had read a key before its tombstone was written and forgotten must be told.
  @Test
  default void aStateThatLostATombstoneAfterTheBeginIsAGap() {
    Bench bench = open();
    long read = bench.putKey("state", "a", "a1");
    bench.putKey("state", "b", "b1");
    long began = bench.position("state");
    long gone = bench.put("state", Draft.tombstone("a"));
    bench.trim("state", 1);
    for (int i = 0; i < 4; i++) {
      bench.put("state", text("c" + i).withKey("c" + i));
    }
    assertThat(bench.info("state").horizon()).isGreaterThanOrEqualTo(gone);
    Span returned = bench.start("state", Start.HELD, began).advancedTo(read);
    assertThat(texts(bench.page(returned).items()).getFirst()).isEqualTo("gap*");
  }
}
