package dev.duet.bench;

import dev.duet.broker.Broker;
import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.DiskBroker;
import dev.duet.broker.disk.DiskSettings;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;

/// A broker with one log, as figures use it.
final class OpenLog implements AutoCloseable {
  /// Keeps everything.
  static final Retention ALL =
      new Retention(
          Retention.Mode.HISTORY, Integer.MAX_VALUE, Long.MAX_VALUE / 4, Duration.ofDays(3_650));

  private static final long UNBOUNDED = 1L << 50;
  private static final long MOST_SECONDS = 120;

  private final Broker broker;
  private final Log log;

  OpenLog(Broker broker) {
    this.broker = broker;
    this.log = broker.logs().getFirst();
  }

  /// Opens or makes the log of a durability, all channels with one retention; as large as it gets.
  static OpenLog of(Path directory, Durability durability, Retention retention) {
    return of(directory, List.of(new Namespace("*", retention, durability)));
  }

  /// The same with more namespaces.
  static OpenLog of(Path directory, List<Namespace> namespaces) {
    return of(DiskSettings.of(directory, new Namespaces(namespaces)));
  }

  static OpenLog of(DiskSettings settings) {
    return new OpenLog(DiskBroker.open(settings.withMaxBytes(UNBOUNDED)));
  }

  /// One in memory.
  static OpenLog memory(Retention retention) {
    var namespaces = new Namespaces(List.of(new Namespace("*", retention, Durability.MEMORY)));
    return new OpenLog(new MemoryBroker(MemorySettings.of(namespaces)));
  }

  /// A text of so many bytes, the same each time, that does not compress.
  static Draft draft(int bytes) {
    var data = new byte[bytes];
    var random = new Random(bytes);
    for (int i = 0; i < bytes; i++) {
      data[i] = (byte) (' ' + 1 + random.nextInt(90));
    }
    return Draft.of(PayloadType.TEXT, data);
  }

  Log log() {
    return log;
  }

  Broker broker() {
    return broker;
  }

  void tick() {
    if (broker instanceof DiskBroker disk) {
      while (disk.tick()) {}
    }
  }

  /// Publishes, and waits for the receipt.
  ///
  /// @return the offset
  long publish(String channel, Draft draft) {
    return offset(log.append(channel, draft).toCompletableFuture().join());
  }

  static long offset(Receipt receipt) {
    if (receipt instanceof Receipt.Appended appended && !appended.duplicate()) {
      return appended.offset();
    }
    throw new IllegalStateException("a publication was answered with " + receipt);
  }

  /// Publishes many, `underWay` at once, and waits for all their receipts; while too much is under
  /// way it waits.
  void fill(long count, int underWay, LongFunction<String> channelOf, Draft draft) {
    var room = new Semaphore(underWay);
    var acknowledged = new LongAdder();
    var wrong = new AtomicReference<Receipt>();
    for (long i = 0; i < count && wrong.get() == null; i++) {
      room.acquireUninterruptibly();
      append(channelOf.apply(i), draft, room, acknowledged, wrong);
    }
    room.acquireUninterruptibly(underWay);
    LogRun.check(
        acknowledged.sum() == count,
        "%d of %d publications were acknowledged; one was answered with %s",
        acknowledged.sum(),
        count,
        wrong.get());
  }

  private void append(
      String channel,
      Draft draft,
      Semaphore room,
      LongAdder acknowledged,
      AtomicReference<Receipt> wrong) {
    var unused =
        log.append(channel, draft)
            .thenAccept(
                receipt -> {
                  if (receipt instanceof Receipt.Busy busy) {
                    java.util.concurrent.CompletableFuture.delayedExecutor(
                            Math.max(1, busy.retryAfterMillis()), TimeUnit.MILLISECONDS)
                        .execute(() -> append(channel, draft, room, acknowledged, wrong));
                    return;
                  }
                  if (receipt instanceof Receipt.Appended appended && !appended.duplicate()) {
                    acknowledged.increment();
                  } else {
                    wrong.set(receipt);
                  }
                  room.release();
                });
  }

  /// The first `most` of a channel after an offset.
  Page read(String channel, long after, int most) {
    var request =
        ReadRequest.forwards(
            List.of(Span.after(channel, after)), log.position(), most, Integer.MAX_VALUE);
    try {
      return log.read(request).toCompletableFuture().get(MOST_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(channel + " could not be read", e);
    }
  }

  /// How many publications of a channel can be read, with these bytes.
  long count(String channel, byte[] data) {
    long count = 0;
    long after = 0;
    while (true) {
      Page page = read(channel, after, 10_000);
      for (var item : page.items()) {
        if (item instanceof Publication one && java.util.Arrays.equals(one.data(), data)) {
          count++;
        }
      }
      if (!page.more()) {
        return count;
      }
      after = page.completeTo();
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
