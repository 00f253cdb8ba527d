package dev.duet.broker.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Bench;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
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
import org.junit.jupiter.api.Test;

/// Thousands of random lives of a log, each compared step by step with [LogModel]. A failure prints
/// its seed and the fewest steps that still fail; `-Dduet.seed=` runs one seed alone.
class LogModelTest {
  private static final int LIVES = Integer.getInteger("duet.lives", 1_500);

  private static final Retention BASE = Retention.DEFAULT.withMaxAge(Duration.ofSeconds(20));

  private static final Namespaces NAMESPACES =
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

  /// One step: numbers that mean something at any state of the log.
  private record Step(int kind, int a, int b, int c, int d) {
    static Step random(Random random) {
      return new Step(
          random.nextInt(100),
          random.nextInt(1 << 20),
          random.nextInt(1 << 20),
          random.nextInt(1 << 20),
          random.nextInt(1 << 20));
    }
  }

  @Test
  void theLogDoesWhatTheModelDoes() {
    Long only = Long.getLong("duet.seed");
    for (long seed = only == null ? 1 : only; seed <= (only == null ? LIVES : only); seed++) {
      var random = new Random(seed);
      var steps = new ArrayList<Step>();
      boolean burst = seed % 10 == 0;
      for (int i = 0; i < (burst ? 1_200 : 150); i++) {
        steps.add(Step.random(random));
      }
      Throwable failure = run(steps, burst);
      if (failure != null) {
        List<Step> fewest = shrink(steps, burst);
        throw new AssertionError(
            "seed " + seed + ", fewest steps " + fewest.size() + ": " + fewest, run(fewest, burst));
      }
    }
  }

  /// Leaves out halves, quarters, ... as long as the rest still fails.
  private static List<Step> shrink(List<Step> steps, boolean burst) {
    List<Step> fewest = steps;
    for (int size = steps.size() / 2; size > 0; size /= 2) {
      for (int from = 0; from + size <= fewest.size(); ) {
        var fewer = new ArrayList<>(fewest.subList(0, from));
        fewer.addAll(fewest.subList(from + size, fewest.size()));
        if (run(fewer, burst) == null) {
          from += size;
        } else {
          fewest = fewer;
        }
      }
    }
    return fewest;
  }

  private static @org.jspecify.annotations.Nullable Throwable run(List<Step> steps, boolean burst) {
    try {
      var life = new Life(burst);
      for (Step step : steps) {
        life.step(step);
        life.check(step);
      }
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  /// A log and its model, side by side.
  private static final class Life implements Follower {
    private final boolean burst;
    private final LateBroker broker = new LateBroker(NAMESPACES);
    private final Log log = broker.logs().getFirst();
    private final LogModel model = new LogModel(NAMESPACES, log.position());
    private final List<Publication> announced = new ArrayList<>();
    private final List<Long> offsets = new ArrayList<>(List.of(0L, log.position()));
    private final List<Sent> sent = new ArrayList<>();

    private record Sent(CompletableFuture<Receipt> stage, LogModel.Answer answer) {}

    Life(boolean burst) {
      this.burst = burst;
      log.follow(this);
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
      return burst && a % 3 != 0 ? "large" : CHANNELS.get(a % CHANNELS.size());
    }

    private long offset(int a) {
      return offsets.get(a % 4 == 0 ? a / 4 % offsets.size() : recent(a));
    }

    private int recent(int a) {
      return Math.max(0, offsets.size() - 1 - a / 4 % 12);
    }

    void step(Step step) {
      int kind = step.kind();
      if (kind < 50) {
        append(step);
      } else if (kind < 65) {
        commit(step.a() % 4 == 0 ? Integer.MAX_VALUE : 1 + step.a() % 5);
      } else if (kind < 68) {
        broker.fail(0);
        model.fail();
      } else if (kind < 71) {
        trim(channel(step.a()), Math.min(offset(step.b()), log.position()));
      } else if (kind < 76) {
        broker.tick();
        model.tick();
      } else if (kind < 84) {
        long millis = step.a() % 5 == 0 ? 100_000 : step.a() % 9_000;
        broker.advance(Duration.ofMillis(millis));
        model.now += millis;
      } else if (kind < 86) {
        broker.clocks().jump(Duration.ofSeconds(step.a() % 600 - 300));
      } else if (kind < 95) {
        read(step);
      } else {
        start(step);
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
      broker.commit(0, most);
      model.commit(most, announced);
      announced.forEach(one -> offsets.add(one.offset()));
    }

    private void trim(String channel, long before) {
      if (!model.isEnding(channel)) {
        log.trim(channel, before);
        model.trim(channel, before);
      }
    }

    private void read(Step step) {
      var spans = new ArrayList<Span>();
      for (int i = 0; i < CHANNELS.size(); i++) {
        if ((step.a() >> i & 1) == 1) {
          long after = offset(step.b() + i * 7);
          long told = (step.b() >> i & 1) == 1 ? after : Math.max(after, offset(step.c() + i));
          spans.add(new Span(CHANNELS.get(i), after, told));
        }
      }
      long upTo = step.d() % 3 == 0 ? offset(step.d()) : log.position();
      var request =
          new ReadRequest(
              spans,
              upTo,
              1 + step.c() % 10,
              step.c() % 2 == 0 ? 400 : Bench.ALL,
              step.d() % 4 == 0);
      assertThat(join(log.read(request))).isEqualTo(model.read(request));
    }

    private void start(Step step) {
      Start start =
          switch (step.b() % 5) {
            case 0 -> Start.NOW;
            case 1 -> Start.HELD;
            case 2 -> Start.DEFAULT;
            case 3 -> new Start.Last(1 + step.c() % 6);
            default -> new Start.Since(broker.clocks().millis() + step.c() % 60_000 - 50_000);
          };
      long asOf = step.d() % 2 == 0 ? log.position() : offset(step.d());
      for (Span span : join(log.starts(CHANNELS, start, asOf))) {
        model.checkStart(span, start, asOf);
      }
    }

    private static <T> T join(java.util.concurrent.CompletionStage<T> stage) {
      assertThat(stage.toCompletableFuture()).isDone();
      return stage.toCompletableFuture().join();
    }

    void check(Step step) {
      for (int i = 0; i < CHANNELS.size(); i++) {
        if (!burst || (step.a() + i) % 8 == 0) {
          String channel = CHANNELS.get(i);
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
    }
  }
}
