package dev.duet.broker;

import java.time.Duration;

/// What a channel keeps.
///
/// @param mode which publications
/// @param maxCount most publications per channel
/// @param maxBytes most bytes per channel, counted by [dev.duet.protocol.Publication#weight()]
/// @param maxAge longest time that a publication is kept
public record Retention(Mode mode, int maxCount, long maxBytes, Duration maxAge) {
  /// Which publications a channel keeps.
  public enum Mode {
    /// All, up to the bounds; the oldest goes first and moves the channel's horizon.
    HISTORY,
    /// The latest per key. No key is the key "". A tombstone deletes its key and is itself kept
    /// like a publication, so that readers who come back learn of it. Overwriting moves no horizon.
    /// A bound takes the oldest key by writing a tombstone for it first; forgetting a tombstone
    /// moves the horizon.
    LATEST,
    /// Nothing: only who is connected gets it. Reads are empty and tell no gap.
    NONE
  }

  /// 1,000 publications, 8 MiB, 24 hours.
  public static final Retention DEFAULT =
      new Retention(Mode.HISTORY, 1_000, 8 << 20, Duration.ofHours(24));

  /// Of the server's own channels, unless a namespace with `~` says otherwise: the latest per key
  /// of 200,000 keys, 256 MiB, 24 hours. That is 100,000 members with what they say of themselves,
  /// and the tombstones of as many who left; the bound of the whole log holds as everywhere.
  public static final Retention OWN =
      new Retention(Mode.LATEST, 200_000, 256L << 20, Duration.ofHours(24));

  /// @throws IllegalArgumentException if a bound is not at least 1, or the age not positive
  public Retention {
    if (maxCount < 1 || maxBytes < 1 || maxAge.isNegative() || maxAge.isZero()) {
      throw new IllegalArgumentException(
          "bounds of a retention are at least 1: "
              + maxCount
              + " publications, "
              + maxBytes
              + " bytes, "
              + maxAge);
    }
  }

  /// The same, but keeping other publications.
  public Retention withMode(Mode value) {
    return new Retention(value, maxCount, maxBytes, maxAge);
  }

  /// The same with another number of publications per channel (of keys, with [Mode#LATEST]).
  ///
  /// @throws IllegalArgumentException if it is not at least 1
  public Retention withMaxCount(int value) {
    return new Retention(mode, value, maxBytes, maxAge);
  }

  /// The same with another number of bytes per channel.
  ///
  /// @throws IllegalArgumentException if it is not at least 1
  public Retention withMaxBytes(long value) {
    return new Retention(mode, maxCount, value, maxAge);
  }

  /// The same with another longest time.
  ///
  /// @throws IllegalArgumentException if it is not positive
  public Retention withMaxAge(Duration value) {
    return new Retention(mode, maxCount, maxBytes, value);
  }
}
