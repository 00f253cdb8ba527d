package dev.duet.broker.disk;

import dev.duet.broker.Receipt;
import dev.duet.broker.commit.Conditions;
import dev.duet.protocol.Draft;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/// Appends that wait for the state of their channel: bounded, and answered whatever is thrown.
/// Guarded by the log's lock.
final class Arrivals {
  private final LogCore core;
  private final Conditions conditions;
  private final Decision decision;
  private int waitingCount;
  private long waitingBytes;

  /// Answers an append whose channel is loaded.
  @FunctionalInterface
  interface Decision {
    CompletableFuture<Receipt> on(ChannelState state, Draft draft, long print);
  }

  Arrivals(LogCore core, Conditions conditions, Decision decision) {
    this.core = core;
    this.conditions = conditions;
    this.decision = decision;
  }

  /// Has the channel's state loaded; what is appended to it meanwhile waits in its order.
  CompletableFuture<Receipt> await(String channel, Draft draft, long print) {
    if (core.isClosed()) {
      return done(new Receipt.Failed(false, "the log is closed"));
    }
    if (conditions.isFull(waitingCount, waitingBytes, draft)) {
      return Conditions.busy();
    }
    var answer = new CompletableFuture<Receipt>();
    var waiting = new Appending(draft, print, answer);
    try {
      core.states().await(channel, waiting);
    } catch (RuntimeException | Error e) {
      waiting.end();
      throw e;
    }
    return answer;
  }

  /// An append that waits for the state of its channel.
  private final class Appending implements ChannelStates.Waiting {
    private final Draft draft;
    private final long print;
    private final LogCore.Relay<Receipt> relay;
    private boolean ended;

    Appending(Draft draft, long print, CompletableFuture<Receipt> answer) {
      this.draft = draft;
      this.print = print;
      this.relay = new LogCore.Relay<>(answer);
      waitingCount++;
      waitingBytes += draft.data().length;
    }

    @Override
    public void loaded(ChannelState state) {
      end();
      core.answer(relay);
      try {
        relay.inner = decision.on(state, draft, print);
      } catch (RuntimeException | Error e) {
        relay.failure = e;
      }
    }

    @Override
    public void failed(IOException why) {
      end();
      core.answer(relay);
      try {
        relay.inner = done(new Receipt.Failed(false, "the channel cannot be read: " + why));
      } catch (RuntimeException | Error e) {
        relay.failure = why;
      }
    }

    private void end() {
      if (!ended) {
        ended = true;
        waitingCount--;
        waitingBytes -= draft.data().length;
      }
    }
  }

  private static CompletableFuture<Receipt> done(Receipt receipt) {
    return CompletableFuture.completedFuture(receipt);
  }
}
