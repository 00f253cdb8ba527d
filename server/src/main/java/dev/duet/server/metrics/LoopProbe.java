package dev.duet.server.metrics;

import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.LoopFigures;
import dev.duet.server.transport.TrafficFigures;
import dev.duet.server.transport.Transport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Asks one loop for its figures. A loop that hangs is not asked again before it has answered. Any
/// thread.
final class LoopProbe {
  private final Executor loop;
  private final Transport transport;
  private final HubLoop hub;
  private final LongSupplier ticker;
  private @Nullable CompletableFuture<Sample> asked;
  private long askedAt;
  private volatile Sample last = new Sample(TrafficFigures.NONE, LoopFigures.NONE, 0);

  /// @param answerNanos how long the loop took to answer
  record Sample(TrafficFigures traffic, LoopFigures hub, long answerNanos) {}

  LoopProbe(Executor loop, Transport transport, HubLoop hub, LongSupplier ticker) {
    this.loop = loop;
    this.transport = transport;
    this.hub = hub;
    this.ticker = ticker;
  }

  /// Completes when the loop has answered; never if it hangs for good.
  synchronized CompletableFuture<Sample> ask() {
    CompletableFuture<Sample> before = asked;
    if (before != null && !before.isDone()) {
      return before.copy();
    }
    var answer = new CompletableFuture<Sample>();
    long now = ticker.getAsLong();
    asked = answer;
    askedAt = now;
    try {
      loop.execute(() -> answer.complete(sample(now)));
    } catch (RejectedExecutionException e) {
      answer.complete(last);
    }
    return answer.copy();
  }

  private Sample sample(long since) {
    var sample =
        new Sample(transport.traffic(loop), hub.figures(), Math.max(0, ticker.getAsLong() - since));
    last = sample;
    return sample;
  }

  /// What the loop answered last. If it has not answered the last question, it is said for how long
  /// it has not.
  synchronized Sample last() {
    CompletableFuture<Sample> open = asked;
    return open == null || open.isDone()
        ? last
        : new Sample(last.traffic, last.hub, Math.max(0, ticker.getAsLong() - askedAt));
  }

  /// How long the loop has shown no sign of life, in nanoseconds.
  long silenceNanos() {
    return transport.silenceNanos(loop);
  }
}
