package dev.duet.broker;

import static dev.duet.broker.Bench.ALL;
import static dev.duet.broker.Bench.namespaces;
import static dev.duet.broker.Bench.texts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/// What the law says of pages.
interface ReadClauses {
  Bench open(Namespaces namespaces);

  private Bench open() {
    return open(
        namespaces(
            "two*", Retention.DEFAULT.withMaxCount(2),
            "none*", Retention.DEFAULT.withMode(Retention.Mode.NONE),
            "*", Retention.DEFAULT));
  }

  private static Item first(Page page) {
    return page.items().getFirst();
  }

  @Test
  default void severalChannelsComeInLogOrder() {
    Bench bench = open();
    long start = bench.position("a");
    var expected = new ArrayList<String>();
    for (int i = 0; i < 30; i++) {
      String channel = "abc".substring(i * 7 % 3, i * 7 % 3 + 1);
      bench.put(channel, channel + i);
      bench.put("other", "x");
      expected.add(channel + i);
    }
    Span[] spans = {Span.after("a", start), Span.after("b", start), Span.after("c", start)};
    Page page = bench.page(spans);
    assertThat(texts(page.items())).isEqualTo(expected);
    assertThat(page.more()).isFalse();
    assertThat(page.completeTo()).isEqualTo(bench.position("a"));
  }

  @Test
  default void eachChannelBeginsAtItsOwnOffset() {
    Bench bench = open();
    long one = bench.put("a", "a1");
    bench.put("b", "b1");
    bench.put("a", "a2");
    long two = bench.put("b", "b2");
    bench.put("b", "b3");
    assertThat(texts(bench.page(Span.after("a", one), Span.after("b", two)).items()))
        .containsExactly("a2", "b3");
  }

  @Test
  default void nothingAfterUpToIsRead() {
    Bench bench = open();
    long start = bench.position("a");
    bench.put("a", "1");
    long upTo = bench.put("a", "2");
    bench.put("a", "3");
    Page page = bench.page(ReadRequest.forwards(List.of(Span.after("a", start)), upTo, ALL, ALL));
    assertThat(texts(page.items())).containsExactly("1", "2");
    assertThat(page.completeTo()).isEqualTo(upTo);
  }

  @Test
  default void anEmptyPageIsCompleteToo() {
    Bench bench = open();
    bench.put("other", "x");
    Page page = bench.page(Span.after("a", 0));
    assertThat(page.items()).isEmpty();
    assertThat(page.completeTo()).isEqualTo(bench.position("a"));
    assertThat(page.more()).isFalse();
  }

  @Test
  default void pagesWithBoundsMakeTheWhole() {
    Bench bench = open();
    long start = bench.position("a");
    for (int i = 0; i < 40; i++) {
      bench.put(i % 3 == 0 ? "a" : "b", "x".repeat(i % 7 * 20));
    }
    Page whole = bench.page(Span.after("a", start), Span.after("b", start));
    for (int bound = 1; bound < 12; bound++) {
      var items = new ArrayList<Item>();
      var spans = List.of(Span.after("a", start), Span.after("b", start));
      Page page;
      do {
        int bytes = bound % 2 == 0 ? bound * 64 : ALL;
        page = bench.page(ReadRequest.forwards(spans, bench.position("a"), bound, bytes));
        assertThat(page.items()).hasSizeBetween(1, bound);
        long weight = page.items().stream().mapToLong(one -> ((Publication) one).weight()).sum();
        assertThat(page.items().size() == 1 || weight <= bytes).isTrue();
        items.addAll(page.items());
        long to = page.completeTo();
        spans = spans.stream().map(span -> span.advancedTo(to)).toList();
      } while (page.more());
      assertThat(items).isEqualTo(whole.items());
      assertThat(page.completeTo()).isEqualTo(bench.position("a"));
    }
  }

  @Test
  default void backwardsTheLastOnesComeInLogOrder() {
    Bench bench = open();
    for (int i = 0; i < 20; i++) {
      bench.put(i % 2 == 0 ? "a" : "b", "" + i);
    }
    var spans = List.of(Span.after("a", 0), Span.after("b", 0));
    var all = new ArrayList<String>();
    long upTo = bench.position("a");
    Page page;
    do {
      page = bench.page(new ReadRequest(spans, upTo, 6, ALL, true));
      all.addAll(0, texts(page.items()));
      assertThat(page.completeTo()).isLessThan(((Publication) first(page)).offset());
      upTo = page.completeTo();
    } while (page.more());
    assertThat(all)
        .containsExactlyElementsOf(texts(bench.page(spans.toArray(Span[]::new)).items()));
    assertThat(page.completeTo()).isZero();
  }

  @Test
  default void backwardsTellsNoGapAndStopsAtTheSpan() {
    Bench bench = open();
    bench.put("two", "1");
    long second = bench.put("two", "2");
    bench.put("two", "3");
    long position = bench.position("two");
    assertThat(
            texts(
                bench
                    .page(new ReadRequest(List.of(Span.after("two", 0)), position, ALL, ALL, true))
                    .items()))
        .containsExactly("2", "3");
    Page page =
        bench.page(new ReadRequest(List.of(Span.after("two", second)), position, ALL, ALL, true));
    assertThat(texts(page.items())).containsExactly("3");
    assertThat(page.more()).isFalse();
  }

  @Test
  default void aGapIsToldBeforeAllPublicationsAndOnlyOnce() {
    Bench bench = open();
    long start = bench.position("a");
    bench.put("a", "a1");
    long lost = bench.put("two", "1");
    bench.put("two", "2");
    bench.put("two", "3");
    Page page = bench.page(Span.after("a", start), Span.after("two", start));
    assertThat(page.items().getFirst())
        .isEqualTo(new Gap("two", start, lost, Gap.Reason.RETENTION, true, false));
    assertThat(texts(page.items())).containsExactly("gap", "a1", "2", "3");
    assertThat(texts(bench.page(new Span("two", start, lost)).items())).containsExactly("2", "3");
    assertThat(bench.texts("two", lost)).containsExactly("2", "3");
    assertThat(bench.texts("two", lost - 1)).containsExactly("gap", "2", "3");
  }

  @Test
  default void endedChannelsAreNamedOnceTheirEndIsRead() {
    Bench bench = open();
    long start = bench.position("a");
    bench.put("a", Bench.text("a1"));
    bench.put("a", Bench.text("a2").withEnd(true));
    bench.put("b", "b1");
    var spans = List.of(Span.after("a", start), Span.after("b", start));
    long upTo = bench.position("a");
    assertThat(bench.page(ReadRequest.forwards(spans, upTo, 1, ALL)).ended()).isEmpty();
    assertThat(bench.page(ReadRequest.forwards(spans, upTo, 2, ALL)).ended()).containsExactly("a");
    assertThat(bench.page(Span.after("a", upTo)).ended()).containsExactly("a");
  }

  @Test
  default void noneKeepsNothingAndTellsNoGap() {
    Bench bench = open();
    Bench.Ear ear = bench.listen("none");
    bench.put("none", "1");
    bench.put("none", Bench.text("2").withEnd(true));
    bench.put("none", "3");
    assertThat(ear.texts()).containsExactly("1", "2", "3");
    assertThat(bench.texts("none", 0)).isEmpty();
    assertThat(bench.info("none").count()).isZero();
    assertThat(bench.held("none")).isEmpty();
  }

  @Test
  default void readingAndWatchingMakeNothing() {
    Bench bench = open();
    bench.put("a", "x");
    bench.page(Span.after("nobody", 0));
    bench.await(bench.log("nobody").watch("nobody"));
    bench.start("nobody", Start.HELD, bench.position("nobody"));
    bench.trim("nobody", bench.position("nobody"));
    assertThat(bench.info("nobody")).isEqualTo(new Log.ChannelInfo("nobody", 0, 0, 0, 0, 0));
    assertThat(bench.texts("nobody", 0)).isEmpty();
  }

  /// Many threads append, one follows, one reads what is committed: order, and nothing twice.
  @Test
  default void manyThreads() throws InterruptedException {
    Bench bench = open();
    Bench.Ear ear = bench.listen("c0");
    bench.await(bench.log("c1").watch("c1"));
    int each = 400;
    var failures = new ArrayList<Throwable>();
    var done = new AtomicBoolean();
    var threads = new ArrayList<Thread>();
    for (int t = 0; t < 4; t++) {
      int number = t;
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    var sent = new ArrayList<CompletableFuture<Receipt>>();
                    for (int i = 0; i < each; i++) {
                      sent.add(bench.send("c" + number % 2, Bench.text(number + ":" + i)));
                    }
                    sent.forEach(bench::await);
                  }));
    }
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    while (!done.get()) {
                      long upTo = bench.position("c0");
                      Page page =
                          bench.page(
                              ReadRequest.forwards(
                                  List.of(Span.after("c0", 0), Span.after("c1", 0)),
                                  upTo,
                                  ALL,
                                  Integer.MAX_VALUE));
                      checkOrder(page.items());
                    }
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                });
    for (Thread thread : threads) {
      thread.join();
    }
    done.set(true);
    reader.join();
    assertThat(failures).isEmpty();
    checkOrder(ear.heard());
    assertThat(ear.heard()).hasSize(4 * each);
    Page all = bench.page(Span.after("c0", 0), Span.after("c1", 0));
    assertThat(all.items()).isEqualTo(ear.heard());
  }

  private static void checkOrder(List<? extends Item> items) {
    long last = 0;
    int[] next = new int[4];
    Set<String> seen = new HashSet<>();
    for (Item item : items) {
      var one = (Publication) item;
      assertThat(one.offset()).isGreaterThan(last);
      last = one.offset();
      String text = Bench.text(one);
      assertThat(seen.add(text)).isTrue();
      int thread = text.charAt(0) - '0';
      assertThat(Integer.parseInt(text.substring(2))).isEqualTo(next[thread]++);
    }
  }
}
