package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongBinaryOperator;

/// One life of a log while memory is short: what is published, trimmed and read in it, and what
/// must be true of it afterwards. Loaded by [ShortOfMemory], with the log's classes.
public final class OutOfMemoryScene implements LongBinaryOperator {
  private static final String HISTORY = "history";
  private static final String LATEST = "latest";
  private static final int ROUNDS = 20;

  private final Durability durability;
  private final boolean ends;
  private final ManualClocks clocks = new ManualClocks();
  private MemoryFolder folder = new MemoryFolder(1);
  private final Map<String, CompletableFuture<Receipt>> answers = new HashMap<>();
  private final List<CompletableFuture<?>> asked = new ArrayList<>();
  private final Map<String, String> channels = new HashMap<>();
  private final Map<Long, Integer> heard = new TreeMap<>();
  private final List<long[]> missed = new ArrayList<>();
  private LateDiskBroker broker;

  /// @param durability of the log
  /// @param ends whether memory is still short when the log is closed
  public OutOfMemoryScene(String durability, boolean ends) {
    this.durability = Durability.valueOf(durability);
    this.ends = ends;
    this.broker = open();
  }

  private LateDiskBroker open() {
    var latest = new Retention(Retention.Mode.LATEST, 3, 1 << 20, Duration.ofDays(1));
    var namespaces =
        new Namespaces(
            List.of(
                new Namespace(LATEST, latest, durability),
                new Namespace("*", Retention.DEFAULT, durability)));
    return new LateDiskBroker(namespaces, folder, clocks, 1, true, settings -> settings);
  }

  private DiskLog log() {
    return broker.log(broker.logOf(HISTORY));
  }

  /// Whether it was carried out: memory may be too short for that.
  private static boolean isDone(Callable<?> work) {
    try {
      work.call();
      return true;
    } catch (OutOfMemoryError e) {
      return false;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void append(String channel, String text, String key) {
    channels.put(text, channel);
    var unused =
        isDone(
            () ->
                answers.put(
                    text,
                    log()
                        .append(
                            channel,
                            Draft.text(text)
                                .withIdempotencyKey(text.replace(' ', '-'))
                                .withKey(key))
                        .toCompletableFuture()));
  }

  private void append(String channel, String text) {
    append(channel, text, null);
  }

  private void trim(String channel) {
    ask(() -> log().trim(channel, log().position()));
  }

  /// What the thread that commits does.
  private void commit() {
    for (int round = 0; round < ROUNDS; round++) {
      if (isDone(
          () -> {
            broker.commitAll();
            return true;
          })) {
        return;
      }
    }
  }

  private CompletableFuture<Page> page(String channel) {
    var request =
        ReadRequest.forwards(List.of(Span.after(channel, 0)), log().position(), 1_000, 1_000_000);
    return log().read(request).toCompletableFuture();
  }

  private List<Publication> held(String channel) {
    CompletableFuture<Page> page = page(channel);
    assertThat(page).isCompleted();
    return page.join().items().stream()
        .filter(Publication.class::isInstance)
        .map(Publication.class::cast)
        .toList();
  }

  private static List<String> texts(List<Publication> publications) {
    return publications.stream().map(one -> new String(one.data())).toList();
  }

  private Receipt receipt(String text) {
    CompletableFuture<Receipt> answer = answers.get(text);
    if (answer == null) {
      return new Receipt.Failed(false, "its caller was told");
    }
    assertThat(answer).as(text).isDone();
    return answer.isCompletedExceptionally()
        ? new Receipt.Failed(false, "its caller was told")
        : answer.join();
  }

  /// @param n the allocation that fails
  /// @param howMany so many from there
  /// @return how many allocations there were
  @Override
  public long applyAsLong(long n, long howMany) {
    log()
        .follow(
            new Follower() {
              @Override
              public void advanced(List<Publication> publications, long upTo) {
                publications.forEach(one -> heard.merge(one.offset(), 1, Integer::sum));
              }

              @Override
              public void lost(long from, long to) {
                missed.add(new long[] {from, to});
              }

              @Override
              public void trimmed(String channel, long upTo) {}
            });
    append(HISTORY, "before");
    append(LATEST, "k1 before", "k1");
    commit();
    ShortOfMemory.fail(n, howMany);
    long count;
    try {
      live();
    } finally {
      count = ShortOfMemory.heal();
    }
    check();
    return count;
  }

  private void live() {
    append(HISTORY, "a");
    append("other", "b");
    append(LATEST, "k1 again", "k1");
    append(LATEST, "k2", "k2");
    commit();
    append(HISTORY, "c");
    append(LATEST, "k3", "k3");
    append(LATEST, "k4", "k4");
    append(LATEST, "k5", "k5");
    commit();
    append(HISTORY, "d");
    trim("other");
    read();
    append("another", "e");
    commit();
    var unused =
        isDone(
            () -> {
              broker.sync(0);
              return broker.tick();
            });
    append(HISTORY, "f");
    append(LATEST, "k1 third", "k1");
    if (ends) {
      end();
    } else {
      commit();
    }
  }

  private void read() {
    Start last = new Start.Last(1);
    for (String channel : List.of(HISTORY, LATEST, "empty")) {
      ask(() -> page(channel));
      ask(() -> log().info(channel));
      ask(() -> log().starts(List.of(channel, "other"), last, log().position()));
    }
  }

  /// Whatever becomes of its files: everybody is answered.
  private void end() {
    while (!isDone(
        () -> {
          broker.close();
          return true;
        })) {}
  }

  private void ask(Callable<CompletionStage<?>> question) {
    var unused = isDone(() -> asked.add(question.call().toCompletableFuture()));
  }

  private void check() {
    if (!ends) {
      clocks.advance(Duration.ofSeconds(2));
      broker.sync(0);
      commit();
      broker.tick();
      commit();
      append(HISTORY, "after");
      append(LATEST, "k1 after", "k1");
      append("other", "b after");
      append("another", "e after");
      commit();
      assertThat(receipt("after")).isInstanceOf(Receipt.Appended.class);
      assertThat(receipt("k1 after")).isInstanceOf(Receipt.Appended.class);
      assertThat(receipt("b after")).isInstanceOf(Receipt.Appended.class);
      assertThat(receipt("e after")).isInstanceOf(Receipt.Appended.class);
      isWhole();
      heard();
      broker.dropIdle(0);
      assertThat(log().core().states().size()).as("states that stay pinned").isZero();
      assertThat(broker.pending(0)).isZero();
    }
    assertThat(asked).allMatch(CompletableFuture::isDone);
    channels.keySet().forEach(this::receipt);
    folder = folder.kill();
    broker = open();
    page(LATEST);
    commit();
    isWhole();
    broker.close();
    assertThat(folder.faults().open()).as("files that stay open").isZero();
  }

  private void isWhole() {
    for (String channel : List.of(HISTORY, "another")) {
      assertThat(texts(held(channel))).isEqualTo(acknowledged(channel));
    }
    List<String> latest = texts(held(LATEST).stream().filter(one -> !one.deleted()).toList());
    assertThat(acknowledged(LATEST)).containsAll(latest);
    assertThat(latest).hasSizeLessThanOrEqualTo(3);
    String last = acknowledged(LATEST).getLast();
    assertThat(latest).contains(last);
  }

  /// What was acknowledged of a channel, in log order.
  private List<String> acknowledged(String channel) {
    var texts = new TreeMap<Long, String>();
    channels.forEach(
        (text, where) -> {
          if (where.equals(channel) && receipt(text) instanceof Receipt.Appended appended) {
            assertThat(appended.duplicate()).isFalse();
            texts.put(appended.offset(), text);
          }
        });
    return List.copyOf(texts.values());
  }

  /// Followers heard of what is committed once, or that they missed it.
  private void heard() {
    channels.forEach(
        (text, where) -> {
          if (receipt(text) instanceof Receipt.Appended appended) {
            long offset = appended.offset();
            boolean told = missed.stream().anyMatch(one -> one[0] < offset && offset <= one[1]);
            assertThat(heard.getOrDefault(offset, 0)).as(text).isEqualTo(told ? 0 : 1);
          }
        });
  }
}
