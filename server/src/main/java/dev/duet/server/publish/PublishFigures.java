package dev.duet.server.publish;

import dev.duet.protocol.ErrorCode;
import java.util.List;
import java.util.Map;

/// What became of publications since the server started.
///
/// @param published committed
/// @param duplicates that were committed before, with the same idempotency key
/// @param refused not in the log, by reason
/// @param commits how many appends were committed within each of [#BOUNDS], and, last, more slowly;
///     each counted once
/// @param commitNanos how long they took together
/// @param inFlightBytes bytes of bodies and publications between their first byte and their receipt
/// @param maxInFlightBytes most that these may be
/// @param failing whether an append to a log failed in the last ten seconds, but for full storage,
///     and none was committed since
public record PublishFigures(
    long published,
    long duplicates,
    Map<ErrorCode, Long> refused,
    List<Long> commits,
    long commitNanos,
    long inFlightBytes,
    long maxInFlightBytes,
    boolean failing) {
  /// Upper bounds of the times to commit, in microseconds.
  public static final List<Integer> BOUNDS =
      List.of(
          10,
          25,
          50,
          100,
          250,
          500,
          1_000,
          2_500,
          5_000,
          10_000,
          25_000,
          50_000,
          100_000,
          250_000,
          500_000,
          1_000_000,
          2_500_000,
          5_000_000,
          10_000_000);
}
