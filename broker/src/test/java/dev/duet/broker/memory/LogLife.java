package dev.duet.broker.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Bench;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A log and a [LogModel], side by side: random steps, each compared. A failure prints its seed and
/// the fewest steps that still fail.
public abstract class LogLife implements Follower {
  private static final Retention BASE = Retention.DEFAULT.withMaxAge(Duration.ofSeconds(20));

  /// Every way to keep something, with bounds that are met all the time.
  public static final Namespaces NAMESPACES =
      Bench.namespaces(
          "few*", BASE.withMaxCount(3),
          "light*", BASE.withMaxBytes(300),
          "state*", BASE.withMode(Mode.LATEST).withMaxCount(3),
          "small*", BASE.withMode(Mode.LATEST).withMaxBytes(400),
          "large*", BASE.withMode(Mode.LATEST).withMaxCount(90),
          "none*", BASE.withMode(Mode.NONE),
          "*", BASE);

  private static final List<String> CHANNELS =
      List.of("few1", "few2", "light", "state1", "state2", "small", "large", "none", "a", "b", "c");

  private final boolean burst;
  private final List<String> channels = new ArrayList<>();
  private final LogModel model;
  private final List<Publication> announced = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private final List<Sent> sent = new ArrayList<>();
  private final List<Trim> trims = new ArrayList<>();
  private Log log;

  /// One step: numbers that mean something at any state of the log.
  ///
  /// @param kind below 100, or up to what the life has of its own
  public record Step(int kind, int a, int b, int c, int d) {
    static Step random(Random random, int kinds) {
      return new Step(
          random.nextInt(kinds),
          random.nextInt(1 << 20),
          random.nextInt(1 << 20),
          random.nextInt(1 << 20),
          random.nextInt(1 << 20));
    }
  }

  private record Sent(CompletableFuture<Receipt> stage, LogModel.Answer answer) {}

  /// A trim that is not answered.
  private static final class Trim {
    final String channel;
    final long before;
    final CompletableFuture<?> stage;
    boolean mayFail;

    Trim(String channel, long before, CompletionStage<?> stage) {
      this.channel = channel;
      this.before = before;
      this.stage = stage.toCompletableFuture();
    }
  }

  // ---- many of them

  /// Begins a life.
  @FunctionalInterface
  public interface Birth {
    LogLife born(long seed, boolean burst);
  }

  /// Lives as many as are wanted, of seeds from 1 on; `-Dduet.seed=` lives one alone.
  ///
  /// @param kinds of steps: 100, and those that the life has of its own
  public static void live(int lives, int kinds, Birth birth) {
    Long only = Long.getLong("duet.seed");
    for (long seed = only == null ? 1 : only; seed <= (only == null ? lives : only); seed++) {
      var random = new Random(seed);
      var steps = new ArrayList<Step>();
      boolean burst = seed % 10 == 0;
      for (int i = 0; i < (burst ? 1_200 : 150); i++) {
        steps.add(Step.random(random, kinds));
      }
      Throwable failure = run(steps, seed, burst, birth);
      if (failure != null) {
        List<Step> fewest = shrink(steps, seed, burst, birth);
        throw new AssertionError(
            "seed " + seed + ", fewest steps " + fewest.size() + ": " + fewest,
            run(fewest, seed, burst, birth));
      }
    }
  }

  /// Leaves out halves, quarters, ... as long as the rest still fails.
  private static List<Step> shrink(List<Step> steps, long seed, boolean burst, Birth birth) {
    List<Step> fewest = steps;
    for (int size = steps.size() / 2; size > 0; size /= 2) {
      for (int from = 0; from + size <= fewest.size(); ) {
        var fewer = new ArrayList<>(fewest.subList(0, from));
        fewer.addAll(fewest.subList(from + size, fewest.size()));
        if (run(fewer, seed, burst, birth) == null) {
          from += size;
        } else {
          fewest = fewer;
        }
      }
    }
    return fewest;
  }

  private static @Nullable Throwable run(List<Step> steps, long seed, boolean burst, Birth birth) {
    try {
      LogLife life = birth.born(seed, burst);
      for (Step step : steps) {
        life.step(step);
        life.check(step);
      }
      life.end();
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  // ---- one of them

  /// @param burst whether it is one of many steps, most of them on one channel
  /// @param log empty
  /// @param model of it
  protected LogLife(Namespaces namespaces, boolean burst, Log log, LogModel model) {
    this.burst = burst;
    this.log = log;
    this.model = model;
    offsets.add(0L);
    offsets.add(log.position());
    for (String channel : CHANNELS) {
      Namespace namespace = namespaces.of(channel);
      if (namespace != null) {
        channels.add(channel);
      }
    }
    log.follow(this);
  }

  /// Its clocks.
  protected abstract ManualClocks clocks();

  /// Commits the oldest appends, at most that many.
  protected abstract void commitSome(int most);

  /// Fails all appends that wait.
  protected abstract void failAll();

  /// Lets go what is too old.
  protected abstract void tick();

  /// A step of a kind of its own, 100 or more.
  protected void other(Step step) {}

  /// Every so many steps each channel is looked at.
  protected int lookEvery() {
    return burst ? 8 : 1;
  }

  protected final LogModel model() {
    return model;
  }

  protected final List<String> channels() {
    return channels;
  }

  /// Goes on with another log, which has what this one had. Appends that waited have failed, or
  /// nobody is told of them.
  protected final void goOn(Log other, boolean answered) {
    if (!answered) {
      sent.removeIf(one -> !one.stage().isDone());
    }
    trims.clear();
    log = other;
    log.follow(this);
    offsets.add(log.position());
  }

  @Override
  public void advanced(List<Publication> publications, long upTo) {
    announced.addAll(publications);
  }

  @Override
  public void lost(long from, long to) {
    throw new AssertionError();
  }

  private String channel(int a) {
    return burst && a % 3 != 0 ? "large" : channels.get(a % channels.size());
  }

  private long offset(int a) {
    return offsets.get(a % 4 == 0 ? a / 4 % offsets.size() : recent(a));
  }

  private int recent(int a) {
    return Math.max(0, offsets.size() - 1 - a / 4 % 12);
  }

  private void step(Step step) {
    int kind = step.kind();
    if (kind < 50) {
      append(step);
    } else if (kind < 65) {
      commit(step.a() % 4 == 0 ? Integer.MAX_VALUE : 1 + step.a() % 5);
    } else if (kind < 68) {
      trims.forEach(trim -> trim.mayFail = true);
      failAll();
      model.fail();
    } else if (kind < 71) {
      trim(channel(step.a()), Math.min(offset(step.b()), log.position()));
    } else if (kind < 76) {
      tick();
      model.tick();
    } else if (kind < 84) {
      long millis = step.a() % 5 == 0 ? 100_000 : step.a() % 9_000;
      clocks().advance(Duration.ofMillis(millis));
      model.advance(millis);
    } else if (kind < 86) {
      clocks().jump(Duration.ofSeconds(step.a() % 600 - 300));
    } else if (kind < 95) {
      read(step);
    } else if (kind < 100) {
      start(step);
    } else {
      other(step);
    }
  }

  private void append(Step step) {
    String channel = channel(step.a());
    String key = step.b() % 6 == 0 ? null : "k" + step.b() % (burst ? 120 : 5);
    boolean deleted = step.b() % 11 == 0;
    byte[] data = new byte[deleted ? 0 : step.c() % 97];
    Draft draft = Draft.of(PayloadType.TEXT, data);
    draft = deleted ? Draft.tombstone(key) : draft.withKey(key);
    draft = draft.withEnd(step.c() % 40 == 0);
    if (step.d() % 5 == 0) {
      draft = draft.withIdempotencyKey("i" + step.d() % 4);
    }
    if (step.d() % 7 == 0) {
      long current = model.current(channel, step.d() % 2 == 0 ? key : null);
      draft = draft.withIfMatch(step.d() % 3 == 0 ? 0 : current);
    }
    sent.add(
        new Sent(log.append(channel, draft).toCompletableFuture(), model.append(channel, draft)));
  }

  private void commit(int most) {
    announced.clear();
    commitSome(most);
    model.commit(most, announced);
    announced.forEach(one -> offsets.add(one.offset()));
  }

  private void trim(String channel, long before) {
    if (!model.isEnding(channel)) {
      CompletionStage<?> stage = log.trim(channel, before);
      model.trim(channel, before);
      trims.add(new Trim(channel, before, stage));
    }
  }

  private void read(Step step) {
    var spans = new ArrayList<Span>();
    for (int i = 0; i < channels.size(); i++) {
      if ((step.a() >> i & 1) == 1) {
        long after = offset(step.b() + i * 7);
        long told = (step.b() >> i & 1) == 1 ? after : Math.max(after, offset(step.c() + i));
        spans.add(new Span(channels.get(i), after, told));
      }
    }
    long upTo = step.d() % 3 == 0 ? offset(step.d()) : log.position();
    var request =
        new ReadRequest(
            spans, upTo, 1 + step.c() % 10, step.c() % 2 == 0 ? 400 : Bench.ALL, step.d() % 4 == 0);
    assertThat(join(log.read(request))).isEqualTo(model.read(request));
  }

  private void start(Step step) {
    Start start =
        switch (step.b() % 5) {
          case 0 -> Start.NOW;
          case 1 -> Start.HELD;
          case 2 -> Start.DEFAULT;
          case 3 -> new Start.Last(1 + step.c() % 6);
          default -> new Start.Since(clocks().millis() + step.c() % 60_000 - 50_000);
        };
    long asOf = step.d() % 2 == 0 ? log.position() : offset(step.d());
    for (Span span : join(log.starts(channels, start, asOf))) {
      model.checkStart(span, start, asOf);
    }
  }

  protected static <T> T join(CompletionStage<T> stage) {
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join();
  }

  private void check(Step step) {
    for (int i = 0; i < channels.size(); i++) {
      if ((step.a() + i) % lookEvery() == 0) {
        String channel = channels.get(i);
        assertThat(join(log.info(channel))).isEqualTo(model.info(channel));
      }
    }
    sent.removeIf(
        one -> {
          assertThat(one.stage().isDone()).isEqualTo(one.answer().isDue());
          if (!one.answer().isDue()) {
            return false;
          }
          if (one.answer().hasFailed()) {
            assertThat(one.stage().join()).isInstanceOf(Receipt.Failed.class);
          } else {
            assertThat(one.stage().join()).isEqualTo(one.answer().expected());
          }
          return true;
        });
    trims.removeIf(
        one -> {
          if (one.stage.isCompletedExceptionally()) {
            assertThat(one.mayFail).as("a trim failed, and nothing else").isTrue();
          } else if (one.stage.isDone()) {
            assertThat(model.holds(one.channel, one.before)).as("trimmed, but held").isFalse();
          }
          return one.stage.isDone();
        });
  }

  /// When all is committed nobody waits.
  private void end() {
    for (int i = 0; i < 1_000 && !(sent.isEmpty() && trims.isEmpty()); i++) {
      var all = new Step(50, 0, 0, 0, 0);
      step(all);
      check(all);
    }
    assertThat(sent).as("appends that are not answered").isEmpty();
    assertThat(trims).as("trims that are not answered").isEmpty();
  }
}
