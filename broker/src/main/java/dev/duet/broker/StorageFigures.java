package dev.duet.broker;

import java.util.List;

/// How the files of a log are. What is counted is counted since the server started. What is not
/// known is negative, or an empty list.
///
/// @param state whether it takes publications
/// @param segments files with records
/// @param unsyncedBytes what is written and would be lost with the power
/// @param syncs how many syncs took at most each of [#BOUNDS], and, last, longer; failed ones too
/// @param syncNanos how long they took together
/// @param failures writes and syncs that failed
/// @param damaged records that were found damaged, each told as a gap
/// @param compactedBytes bytes that compaction wrote
/// @param reads pages that were read from the log
/// @param unreadable files with records that compaction leaves alone, because it could not read
///     them
/// @param holes ranges of offsets of which the log knows that it lost something, whenever that was
public record StorageFigures(
    State state,
    long segments,
    long unsyncedBytes,
    List<Long> syncs,
    long syncNanos,
    long failures,
    long damaged,
    long compactedBytes,
    long reads,
    long unreadable,
    long holes) {
  /// Upper bounds of the times of a sync, in microseconds.
  public static final List<Integer> BOUNDS =
      List.of(
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

  public StorageFigures {
    syncs = List.copyOf(syncs);
  }

  /// Whether a log takes publications. Reading goes on in each.
  public enum State {
    /// It does.
    WRITABLE("writable"),
    /// The last write or sync failed; it is tried again.
    FAILING("failing"),
    /// There was no room; it is tried again.
    FULL("full");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /// The word in metrics.
    public String text() {
      return text;
    }
  }
}
