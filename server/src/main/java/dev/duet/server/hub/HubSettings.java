package dev.duet.server.hub;

import java.time.Duration;

/// Bounds of delivery.
///
/// @param ringBytes bytes of the newest publications kept ready per log
/// @param ringEntries most publications kept ready per log; rounded up to a power of two
/// @param sliceReaders readers that a turn of a loop serves before other work comes first
/// @param sliceNanos time after which it does so as well
/// @param runBytes most bytes in one offer, unless a single publication is larger
/// @param pageCount most publications in a page read from a log for one reader
/// @param pageBytes most bytes in such a page
/// @param pagesUnderWay most pages under way at once per loop: the budget is this times `pageBytes`
/// @param heartbeat a stream that got nothing for so long gets a heartbeat
/// @param retryMillis the time that an EventSource is told to wait before it returns
/// @param returnsPerSecond clients that a graceful stop expects to be taken in elsewhere per second
public record HubSettings(
    long ringBytes,
    int ringEntries,
    int sliceReaders,
    long sliceNanos,
    int runBytes,
    int pageCount,
    int pageBytes,
    int pagesUnderWay,
    Duration heartbeat,
    int retryMillis,
    int returnsPerSecond) {

  /// 32 MiB or 65,536 publications per log; slices of 256 readers or a millisecond; pages and runs
  /// of 64 KiB, 128 of them under way (8 MiB per loop); a heartbeat after 25 s, below the 30 s at
  /// which the strictest common proxies cut; 1,000 returns a second.
  public static final HubSettings DEFAULT =
      new HubSettings(
          32L << 20,
          65_536,
          256,
          1_000_000,
          64 << 10,
          1_000,
          64 << 10,
          128,
          Duration.ofSeconds(25),
          2_000,
          1_000);

  /// The time in milliseconds that the client at this place is told to wait, of all that are told
  /// to come back together: so spread that [#returnsPerSecond()] return per second.
  public int retryMillis(int place) {
    return retryMillis + (int) (place * 1_000L / returnsPerSecond);
  }

  /// The same with another ring: most publications kept ready per log, and their bytes.
  ///
  /// @throws IllegalArgumentException unless there are at least 2 of them and 1 byte
  public HubSettings withRing(int entries, long bytes) {
    return new HubSettings(
        bytes,
        entries,
        sliceReaders,
        sliceNanos,
        runBytes,
        pageCount,
        pageBytes,
        pagesUnderWay,
        heartbeat,
        retryMillis,
        returnsPerSecond);
  }

  /// The same with another heartbeat.
  public HubSettings withHeartbeat(Duration changed) {
    return new HubSettings(
        ringBytes,
        ringEntries,
        sliceReaders,
        sliceNanos,
        runBytes,
        pageCount,
        pageBytes,
        pagesUnderWay,
        changed,
        retryMillis,
        returnsPerSecond);
  }

  /// @throws IllegalArgumentException if a bound is too small to deliver anything
  public HubSettings {
    if (ringBytes < 1
        || ringEntries < 2
        || sliceReaders < 1
        || runBytes < 1
        || pageCount < 1
        || pageBytes < 1
        || pagesUnderWay < 1
        || retryMillis < 0
        || returnsPerSecond < 1
        || !heartbeat.isPositive()) {
      throw new IllegalArgumentException("bounds of delivery are at least 1");
    }
  }
}
