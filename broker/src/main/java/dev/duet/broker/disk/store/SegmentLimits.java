package dev.duet.broker.disk.store;

/// When a segment is sealed and the next one begun: whichever comes first.
///
/// @param bytes of its records; the batch that goes over it is the last
/// @param records in it
/// @param channels that they belong to
public record SegmentLimits(long bytes, int records, int channels) {
  /// 32 MiB, 131,072 records, 65,536 channels.
  public static final SegmentLimits DEFAULT = new SegmentLimits(32L << 20, 128 << 10, 64 << 10);

  /// These, but with other bytes.
  public SegmentLimits withBytes(long value) {
    return new SegmentLimits(value, records, channels);
  }
}
