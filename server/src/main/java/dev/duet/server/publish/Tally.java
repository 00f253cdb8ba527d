package dev.duet.server.publish;

import dev.duet.broker.Receipt;
import dev.duet.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// Counts what becomes of publications, once each. Any thread.
final class Tally {
  /// So long after a failure the log counts as failing: then somebody must try again to know.
  private static final long FAILING_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LongAdder published = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder[] refused = adders(ErrorCode.values().length);
  private final LongAdder[] commits = adders(PublishFigures.BOUNDS.size() + 1);
  private final LongAdder commitNanos = new LongAdder();
  private final long[] bounds =
      PublishFigures.BOUNDS.stream().mapToLong(micros -> micros * 1_000L).toArray();

  /// When an append to a log failed last, if none was committed since; else 0.
  private volatile long failedAt;

  private static LongAdder[] adders(int count) {
    var adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  /// @param nanos from the append to its receipt
  /// @param now by the same clock
  void count(Receipt receipt, Outcome outcome, long nanos, long now) {
    if (outcome instanceof Outcome.Refused refusal) {
      refused[refusal.code().ordinal()].increment();
    }
    if (receipt instanceof Receipt.Failed failed) {
      // Whether storage is full, and no longer is, the log itself knows.
      if (!failed.full()) {
        failedAt = now == 0 ? 1 : now;
      }
    } else if (receipt instanceof Receipt.Appended appended) {
      if (appended.duplicate()) {
        duplicates.increment();
      } else {
        published.increment();
        committed(nanos);
      }
    }
  }

  private void committed(long nanos) {
    int bucket = 0;
    while (bucket < bounds.length && nanos > bounds[bucket]) {
      bucket++;
    }
    commits[bucket].increment();
    commitNanos.add(nanos);
    if (failedAt != 0) {
      failedAt = 0;
    }
  }

  PublishFigures figures(InFlight inFlight, long now) {
    long failed = failedAt;
    Map<ErrorCode, Long> codes = new EnumMap<>(ErrorCode.class);
    for (ErrorCode code : ErrorCode.values()) {
      long count = refused[code.ordinal()].sum();
      if (count > 0) {
        codes.put(code, count);
      }
    }
    var buckets = new ArrayList<Long>(commits.length);
    for (LongAdder bucket : commits) {
      buckets.add(bucket.sum());
    }
    return new PublishFigures(
        published.sum(),
        duplicates.sum(),
        Map.copyOf(codes),
        List.copyOf(buckets),
        commitNanos.sum(),
        inFlight.held(),
        inFlight.most(),
        failed != 0 && now - failed < FAILING_NANOS);
  }
}
