package dev.duet.broker;

import static dev.duet.broker.Bench.ALL;
import static dev.duet.broker.Bench.namespaces;
import static dev.duet.broker.Bench.text;
import static dev.duet.broker.Bench.texts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Retention.Mode;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the law says of channels that keep the latest publication per key.
interface LatestClauses {
  Bench open(Namespaces namespaces);

  private Bench open() {
    Retention latest = Retention.DEFAULT.withMode(Mode.LATEST);
    return open(
        namespaces(
            "few", latest.withMaxCount(3),
            "light", latest.withMaxBytes(1_000),
            "short", latest.withMaxAge(Duration.ofSeconds(10)),
            "*", latest));
  }

  @Test
  default void overwritingMovesNoHorizon() {
    Bench bench = open();
    long start = bench.position("s");
    bench.putKey("s", "a", "a1");
    bench.putKey("s", "b", "b1");
    bench.put("s", "none1");
    bench.putKey("s", "a", "a2");
    bench.putKey("s", "", "none2");
    assertThat(bench.texts("s", start)).containsExactly("b1", "a2", "none2");
    assertThat(bench.held("s")).containsExactly("b1", "a2", "none2");
    assertThat(bench.info("s").count()).isEqualTo(3);
    assertThat(bench.info("s").horizon()).isZero();
  }

  @Test
  default void aTombstoneIsKeptAndDelivered() {
    Bench bench = open();
    bench.putKey("s", "a", "a1");
    long before = bench.putKey("s", "b", "b1");
    long gone = bench.put("s", Draft.tombstone("a"));
    assertThat(bench.texts("s", 0)).containsExactly("b1", "-a");
    assertThat(bench.texts("s", before)).containsExactly("-a");
    assertThat(bench.ask("s", text("x").withKey("a").withIfMatch(0)))
        .isEqualTo(new Receipt.Mismatch(gone));
    bench.put("s", text("a2").withKey("a").withIfMatch(gone));
    assertThat(bench.texts("s", 0)).containsExactly("b1", "a2");
  }

  @Test
  default void aBoundWritesATombstoneBeforeAKeyGoes() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("few");
    long start = bench.position("few");
    for (String key : List.of("a", "b", "c", "d")) {
      bench.putKey("few", key, key + "1");
    }
    assertThat(ear.texts()).containsExactly("a1", "b1", "c1", "d1", "-a");
    long tombstone = ear.heard().getLast().offset();
    assertThat(bench.position("few")).isEqualTo(tombstone);
    assertThat(bench.held("few")).containsExactly("b1", "c1", "d1");
    assertThat(bench.page(Span.after("few", start)).items().getFirst())
        .isEqualTo(new Gap("few", start, tombstone, Gap.Reason.RETENTION, true, true));
    assertThat(bench.texts("few", start)).containsExactly("gap*", "b1", "c1", "d1");
    assertThat(bench.texts("few", tombstone)).isEmpty();
    bench.putKey("few", "c", "c2");
    assertThat(bench.texts("few", tombstone)).containsExactly("c2");
    assertThat(bench.info("few").count()).isEqualTo(3);
  }

  @Test
  default void aBoundTakesTombstonesFirst() {
    Bench bench = open();
    bench.putKey("few", "a", "a1");
    bench.putKey("few", "b", "b1");
    long gone = bench.put("few", Draft.tombstone("a"));
    bench.putKey("few", "c", "c1");
    assertThat(bench.info("few").horizon()).isZero();
    bench.putKey("few", "d", "d1");
    assertThat(bench.held("few")).containsExactly("b1", "c1", "d1");
    assertThat(bench.info("few").horizon()).isEqualTo(gone);
    assertThat(bench.texts("few", gone - 1)).containsExactly("gap*", "b1", "c1", "d1");
    assertThat(bench.texts("few", gone)).containsExactly("c1", "d1");
  }

  @Test
  default void theByteBoundEvictsAsManyKeysAsAreTooMany() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("light");
    for (String key : List.of("a", "b", "c")) {
      bench.putKey("light", key, "x".repeat(235));
    }
    bench.putKey("light", "d", "y".repeat(500));
    assertThat(ear.texts().subList(4, ear.heard().size())).containsExactly("-a", "-b");
    assertThat(bench.info("light").bytes()).isLessThanOrEqualTo(1_000);
    bench.putKey("light", "e", "z".repeat(5_000));
    assertThat(bench.held("light")).contains("z".repeat(5_000));
    assertThat(bench.info("light").count()).isEqualTo(1);
  }

  @Test
  default void anOldKeyBecomesATombstoneAndThenIsForgotten() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("short");
    long before = bench.putKey("short", "a", "a1");
    bench.pass(Duration.ofSeconds(6));
    bench.putKey("short", "b", "b1");
    bench.pass(Duration.ofSeconds(6));
    assertThat(ear.texts()).containsExactly("a1", "b1", "-a");
    assertThat(bench.texts("short", before)).containsExactly("b1", "-a");
    bench.pass(Duration.ofSeconds(6));
    assertThat(ear.texts()).containsExactly("a1", "b1", "-a", "-b");
    bench.pass(Duration.ofSeconds(6));
    assertThat(bench.texts("short", before)).containsExactly("gap*", "-b");
    bench.pass(Duration.ofSeconds(6));
    assertThat(bench.info("short").count()).isZero();
    assertThat(bench.texts("short", before)).containsExactly("gap?*");
    assertThat(bench.texts("short", bench.position("short"))).isEmpty();
  }

  @Test
  default void trimWritesTombstones() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("s");
    bench.putKey("s", "a", "a1");
    long before = bench.putKey("s", "b", "b1");
    bench.putKey("s", "c", "c1");
    bench.trim("s", before);
    assertThat(ear.texts()).containsExactly("a1", "b1", "c1", "-a", "-b");
    assertThat(bench.held("s")).containsExactly("c1", "-a", "-b");
    bench.trim("s", bench.position("s"));
    assertThat(bench.held("s")).containsExactly("-c");
    bench.trim("s", bench.position("s"));
    assertThat(bench.info("s").count()).isZero();
  }

  @Test
  default void anEndedChannelGetsNoTombstones() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("short");
    bench.putKey("short", "a", "a1");
    bench.pass(Duration.ofSeconds(6));
    long end = bench.put("short", text("bye").withKey("b").withEnd(true));
    bench.pass(Duration.ofSeconds(6));
    assertThat(ear.texts()).containsExactly("a1", "bye");
    assertThat(bench.texts("short", 0)).containsExactly("gap*", "bye");
    assertThat(bench.info("short").endedAt()).isEqualTo(end);
    bench.pass(Duration.ofSeconds(6));
    assertThat(bench.info("short").endedAt()).isZero();
  }

  /// After a gap with `state` the reader's span begins at 0, and what it was told is the gap's end.
  @Test
  default void theStateIsReadInPages() {
    Bench bench = open();
    for (int i = 0; i < 200; i++) {
      bench.putKey("s", "k" + i % 100, "v" + i);
    }
    bench.put("s", Draft.tombstone("k7"));
    bench.trim("s", 1);
    long position = bench.position("s");
    Span span = bench.start("s", Start.HELD, position);
    assertThat(span.after()).isZero();
    var items = new ArrayList<Item>();
    Page page;
    do {
      page = bench.page(ReadRequest.forwards(List.of(span), position, 7, ALL));
      items.addAll(page.items());
      span = span.advancedTo(page.completeTo());
    } while (page.more());
    assertThat(items).hasSize(100).allMatch(item -> item instanceof Publication);
    assertThat(texts(items)).startsWith("v100", "v101").endsWith("v199", "-k7");
  }
}
