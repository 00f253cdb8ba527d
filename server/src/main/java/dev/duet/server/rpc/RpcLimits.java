package dev.duet.server.rpc;

import java.time.Duration;

/// Bounds on calls.
///
/// @param maxCalls most calls under way at once, those included that are too late and have not yet
///     returned; beyond, clients are told BUSY
/// @param timeout longest time until a method has answered: 1 ms to 1 hour. It is noticed a tenth
///     of it later at most, and at most a second
/// @param maxAnswerBytes largest answer, in bytes: 1 to 16 MiB
/// @param maxWaitingBytes most bytes of answers that wait for clients of `duet.v1` who do not read;
///     beyond, those clients are told BUSY instead
public record RpcLimits(int maxCalls, Duration timeout, int maxAnswerBytes, long maxWaitingBytes) {
  private static final int MOST_ANSWER_BYTES = 16 << 20;

  /// 1,000 calls: with a virtual thread of a few KB, and 256 KiB of payload each at the worst, 256
  /// MB. 30 seconds: what proxies grant. 256 KiB: as a publication. A sixteenth of the heap.
  public static final RpcLimits DEFAULT =
      new RpcLimits(
          1_000,
          Duration.ofSeconds(30),
          256 << 10,
          Math.max(MOST_ANSWER_BYTES, Runtime.getRuntime().maxMemory() / 16));

  /// @throws IllegalArgumentException if a bound is out of range
  public RpcLimits {
    if (maxCalls < 1 || maxCalls > 1_000_000) {
      throw new IllegalArgumentException("1 to 1000000 calls may be under way, not " + maxCalls);
    }
    if (timeout.toMillis() < 1 || timeout.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("a call may take 1 ms to 1 hour, not " + timeout);
    }
    if (maxAnswerBytes < 1 || maxAnswerBytes > MOST_ANSWER_BYTES) {
      throw new IllegalArgumentException(
          "an answer has 1 to " + MOST_ANSWER_BYTES + " bytes, not " + maxAnswerBytes);
    }
    if (maxWaitingBytes < 0) {
      throw new IllegalArgumentException("a bound in bytes is not negative");
    }
  }

  /// These, but with so many calls under way.
  public RpcLimits withMaxCalls(int value) {
    return new RpcLimits(value, timeout, maxAnswerBytes, maxWaitingBytes);
  }

  /// These, but waiting so long for an answer.
  public RpcLimits withTimeout(Duration value) {
    return new RpcLimits(maxCalls, value, maxAnswerBytes, maxWaitingBytes);
  }

  /// These, but with answers of so many bytes.
  public RpcLimits withMaxAnswerBytes(int value) {
    return new RpcLimits(maxCalls, timeout, value, maxWaitingBytes);
  }

  /// These, but with so many bytes waiting for clients who do not read.
  public RpcLimits withMaxWaitingBytes(long value) {
    return new RpcLimits(maxCalls, timeout, maxAnswerBytes, value);
  }
}
