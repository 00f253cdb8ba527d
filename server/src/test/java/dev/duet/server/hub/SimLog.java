package dev.duet.server.hub;

import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Span;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Start;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A log of the simulation that announces a channel only as of its watch, as far as it says, and
/// whose reads fail now and then, at once or later, or take their time.
final class SimLog implements Log {
  private final Log log;
  private final Random random;
  private final boolean announcesLate;
  private final boolean slow;
  private final ArrayDeque<Runnable> underWay = new ArrayDeque<>();
  private int failures;
  private boolean calm;

  SimLog(Log log, Random random) {
    this.log = log;
    this.random = random;
    this.announcesLate = random.nextBoolean();
    this.slow = random.nextBoolean();
  }

  /// From now on reads succeed, at once.
  void calm() {
    calm = true;
    while (answer()) {}
  }

  /// Reads the page that was asked for first; false if there is none.
  boolean answer() {
    Runnable next = underWay.poll();
    if (next != null) {
      next.run();
    }
    return next != null;
  }

  @Override
  public CompletionStage<Page> read(ReadRequest request) {
    if (!calm && random.nextInt(100) == 0) {
      if (failures++ % 2 == 0) {
        throw new IllegalStateException("no memory to begin");
      }
      return CompletableFuture.failedStage(new IllegalStateException("the disk is away"));
    }
    if (calm || !slow) {
      return log.read(request);
    }
    var page = new CompletableFuture<Page>();
    underWay.add(
        () ->
            log.read(request)
                .whenComplete(
                    (read, failure) -> {
                      if (failure == null) {
                        page.complete(read);
                      } else {
                        page.completeExceptionally(failure);
                      }
                    }));
    return page;
  }

  @Override
  public CompletionStage<Watch> watch(String channel) {
    CompletionStage<Watch> watch = log.watch(channel);
    return announcesLate
        ? watch.thenApply(known -> new Watch(log.position(), known.endedAt()))
        : watch;
  }

  @Override
  public String name() {
    return log.name();
  }

  @Override
  public Durability durability() {
    return log.durability();
  }

  @Override
  public LogIds ids() {
    return log.ids();
  }

  @Override
  public long position() {
    return log.position();
  }

  @Override
  public CompletionStage<Long> tail() {
    return log.tail();
  }

  @Override
  public CompletionStage<Receipt> append(String channel, Draft draft) {
    return log.append(channel, draft);
  }

  @Override
  public CompletionStage<List<Span>> starts(List<String> channels, Start start, long asOf) {
    return log.starts(channels, start, asOf);
  }

  @Override
  public void unwatch(String channel) {
    log.unwatch(channel);
  }

  @Override
  public Following follow(Follower follower) {
    return log.follow(follower);
  }

  @Override
  public CompletionStage<ChannelInfo> trim(String channel, long before) {
    return log.trim(channel, before);
  }

  @Override
  public CompletionStage<ChannelInfo> info(String channel) {
    return log.info(channel);
  }
}
