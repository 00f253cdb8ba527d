package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads every byte of a log and says what is wrong with it. In memory is one segment's index at a
/// time, those of segments that have none yet, and one cache.
public final class Verification {
  private final StoredLog log;
  private final Consumer<Problem> problems;
  private long records;
  private long bytes;
  private long found;
  private long known;
  private @Nullable String tail;

  private Verification(StoredLog log, Consumer<Problem> problems) {
    this.log = log;
    this.problems = problems;
  }

  /// Something that is wrong.
  ///
  /// @param file its name, with its folder
  /// @param from the first byte, or -1 where it is the whole file
  /// @param to behind the last byte, or -1
  /// @param channel whose it is, or null if that is not known
  /// @param offset of the record, or -1
  /// @param what it is, in words
  /// @param known whether the log knows that something is lost there: its manifest has it as a
  ///     hole, and readers are told
  public record Problem(
      String file,
      long from,
      long to,
      @Nullable String channel,
      long offset,
      String what,
      boolean known) {
    @Override
    public String toString() {
      return file
          + (from < 0 ? "" : ", bytes " + from + " to " + to)
          + (channel == null ? "" : ", channel " + channel)
          + (offset < 0 ? "" : ", offset " + offset)
          + ": "
          + what
          + (known ? " (known: a hole in the manifest)" : " (new)");
    }
  }

  /// What was read.
  ///
  /// @param segments how many
  /// @param records that are whole
  /// @param bytes of data and indexes
  /// @param problems how many were told
  /// @param known how many of these are
  /// @param tail what is at the end of a log that is in use and is no record, in words; null if
  ///     nothing is. It is no problem: something was being written, or a start cuts it off
  public record Result(
      int segments, long records, long bytes, long problems, long known, @Nullable String tail) {}

  /// Reads a log.
  ///
  /// @param problems is told each, in the order of the files
  public static Result verify(StoredLog log, Consumer<Problem> problems) throws IOException {
    return new Verification(log, problems).run();
  }

  private Result run() throws IOException {
    if (log.stateProblem() != null) {
      tell(file("state"), -1, -1, null, -1, log.stateProblem());
    }
    contiguous();
    var chains = new Chains(log);
    List<StoredSegment> segments = log.segments();
    StoredSegment lastBegun = null;
    for (StoredSegment one : segments) {
      lastBegun = one.isReady() ? lastBegun : one;
    }
    for (StoredSegment one : segments) {
      var check = new SegmentCheck(this, log, one, chains, one == lastBegun);
      check.run();
      bytes += one.bytes();
    }
    return new Result(segments.size(), records, bytes, found, known, tail);
  }

  /// Segments stand for the whole log, one after the other.
  private void contiguous() {
    Manifest.Entry before = null;
    for (Manifest.Entry one : log.manifest().segments()) {
      if (one.base() >= 0 && before != null && before.sealed()) {
        if (one.base() < before.last()) {
          tell(
              file("manifest"),
              -1,
              -1,
              null,
              -1,
              "segment %d begins at %d, but the one before it ends at %d"
                  .formatted(one.number(), one.base(), before.last()));
        } else if (one.base() > before.last() && !isHole(before.last(), one.base())) {
          tell(
              file("manifest"),
              -1,
              -1,
              null,
              -1,
              "no segment has the offsets %d to %d".formatted(before.last() + 1, one.base()));
        }
      }
      before = one;
    }
  }

  /// Whether a hole that is known has all of `(from, to]`, and that is something.
  boolean isHole(long from, long to) {
    return from < to
        && log.manifest().holes().stream().anyMatch(one -> one.from() <= from && to <= one.to());
  }

  String file(String name) {
    return log.durability().text() + "/" + name;
  }

  /// Something that is not known.
  void tell(String file, long from, long to, @Nullable String channel, long offset, String what) {
    tell(new Problem(file, from, to, channel, offset, what, false));
  }

  void tell(Problem problem) {
    found++;
    known += problem.known() ? 1 : 0;
    problems.accept(problem);
  }

  void counted() {
    records++;
  }

  void tail(String what) {
    tail = what;
  }
}
