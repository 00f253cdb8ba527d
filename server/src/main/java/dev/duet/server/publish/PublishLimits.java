package dev.duet.server.publish;

/// Bounds on what comes in.
///
/// @param maxBodyBytes largest publication, in bytes: 1 to [#MOST_BODY_BYTES]; also of a line of a
///     batch and of a WebSocket message
/// @param maxInFlightBytes most bytes of bodies and uncommitted publications that are held at once;
///     who comes beyond is told BUSY. At least twice [#MAX_BATCH_BYTES], so that a batch finds room
public record PublishLimits(int maxBodyBytes, long maxInFlightBytes) {
  /// 256 KiB: two hundred times the usual message, and a frame of it is still small beside a ring
  /// of 32 MiB.
  public static final int DEFAULT_MAX_BODY_BYTES = 256 << 10;

  /// 16 MiB: a reader who is behind may have one of them under way to it, whatever the bounds on
  /// pages and outlets say, so 1,000 such readers hold 16 GB. Raise the limit with that in mind.
  public static final int MOST_BODY_BYTES = 16 << 20;

  /// Largest batch, in bytes.
  public static final int MAX_BATCH_BYTES = 16 << 20;

  /// Most lines of a batch.
  public static final int MAX_BATCH_LINES = 1_000;

  /// 256 KiB a publication; an eighth of the heap, at least 32 MiB, under way.
  public static final PublishLimits DEFAULT =
      new PublishLimits(
          DEFAULT_MAX_BODY_BYTES,
          Math.max(2L * MAX_BATCH_BYTES, Runtime.getRuntime().maxMemory() / 8));

  /// @throws IllegalArgumentException naming what is allowed
  public PublishLimits {
    if (maxBodyBytes < 1 || maxBodyBytes > MOST_BODY_BYTES) {
      throw new IllegalArgumentException(
          "a publication has 1 to " + MOST_BODY_BYTES + " bytes, not " + maxBodyBytes);
    }
    if (maxInFlightBytes < 2L * MAX_BATCH_BYTES) {
      throw new IllegalArgumentException(
          "at least " + 2L * MAX_BATCH_BYTES + " bytes must be allowed under way");
    }
  }

  /// The same with another largest publication, in bytes.
  ///
  /// @throws IllegalArgumentException unless it is 1 to [#MOST_BODY_BYTES]
  public PublishLimits withMaxBodyBytes(int value) {
    return new PublishLimits(value, maxInFlightBytes);
  }

  /// The same with another bound on what is under way, in bytes.
  ///
  /// @throws IllegalArgumentException if two of the largest batches have no room
  public PublishLimits withMaxInFlightBytes(long value) {
    return new PublishLimits(maxBodyBytes, value);
  }
}
