package dev.duet.broker.disk.store;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The publications that are in the files of one or more logs, in the order of their offsets. Holds
/// one record of each log. Also those that retention does not hold any more and compaction has not
/// let go yet. For one thread.
public final class LogExport {
  private final List<Source> sources = new ArrayList<>();
  private final Consumer<String> lost;
  private final Set<String> channels;
  private final long sinceTime;

  /// @param channels only these; all if there are none
  /// @param since where to begin in each log; a log that it does not know from the beginning
  /// @param sinceTime only those with this time or a later one, milliseconds since 1970
  /// @param lost is told what cannot be read
  /// @throws IllegalArgumentException if the cursor knows none of the logs
  public LogExport(
      List<StoredLog> logs,
      Set<String> channels,
      @Nullable Cursor since,
      long sinceTime,
      Consumer<String> lost)
      throws IOException {
    this.channels = Set.copyOf(channels);
    this.sinceTime = sinceTime;
    this.lost = lost;
    boolean known = since == null;
    for (StoredLog log : logs) {
      long after = since == null ? 0 : after(log, since);
      known |= after >= 0;
      sources.add(new Source(log, Math.max(0, after)));
    }
    if (!known) {
      throw new IllegalArgumentException("it is a cursor of another log");
    }
    for (Source one : sources) {
      one.advance();
    }
  }

  /// @return -1 if the cursor does not know the log
  private static long after(StoredLog log, Cursor since) {
    var ids = log.manifest().ids();
    long here = since.offsetIn(ids.current());
    for (var past : ids.past()) {
      here = Math.max(here, Math.min(since.offsetIn(past.id()), past.end()));
    }
    return here;
  }

  /// A publication.
  ///
  /// @param cursor of one who has everything up to it
  public record Line(Publication publication, String cursor) {}

  /// The next one, or null at the end.
  public @Nullable Line next() throws IOException {
    Source first =
        sources.stream()
            .filter(one -> one.next != null)
            .min(Comparator.comparingLong(one -> one.offset))
            .orElse(null);
    if (first == null || first.next == null) {
      return null;
    }
    Publication publication = first.next;
    first.done = publication.offset();
    var positions = sources.stream().map(one -> new Cursor.Position(one.id, one.done)).toList();
    first.advance();
    return new Line(publication, new Cursor(positions, null).toString());
  }

  /// One log.
  private final class Source {
    private final String name;
    private final String id;
    private final long after;
    private final Deque<StoredSegment> rest;
    private String file = "";
    private @Nullable RecordScanner scanner;
    private @Nullable Publication next;
    private long offset;
    private long done;

    Source(StoredLog log, long after) {
      this.name = log.durability().text();
      this.id = log.manifest().ids().current();
      this.after = after;
      this.done = after;
      this.rest = new ArrayDeque<>(log.segments());
    }

    void advance() throws IOException {
      next = null;
      while (next == null) {
        if (scanner == null && !open()) {
          return;
        }
        StoredRecord record = scanner == null ? null : scanner.next();
        if (scanner != null && scanner.damage() != null) {
          damaged(scanner.damage(), record == null && rest.stream().allMatch(this::isEnd));
        }
        if (record == null) {
          scanner = null;
        } else {
          Publication publication = record.publication();
          if (publication != null && isWanted(publication)) {
            next = publication;
            offset = publication.offset();
          }
        }
      }
    }

    private boolean isEnd(StoredSegment segment) {
      return segment.isReady();
    }

    private boolean isWanted(Publication publication) {
      return publication.offset() > after
          && publication.time() >= sinceTime
          && (channels.isEmpty() || channels.contains(publication.channel()));
    }

    /// What is at the very end may be what is being written.
    private void damaged(RecordScanner.@Nullable Damage damage, boolean atEnd) {
      if (damage != null && !atEnd) {
        lost.accept(
            "%s, bytes %d to %d are damaged: what was there is not in the export"
                .formatted(file, damage.from(), damage.to()));
      }
    }

    /// The next segment that may have something; false if there is none.
    private boolean open() throws IOException {
      while (!rest.isEmpty()) {
        StoredSegment segment = rest.remove();
        file = name + "/" + SegmentHeader.logName(segment.entry().number());
        if (mayHave(segment)) {
          scanner = segment.scan();
          if (scanner != null) {
            return true;
          }
          lost.accept(file + " cannot be read: what was there is not in the export");
        }
      }
      return false;
    }

    /// An offset is no smaller than the time of its publication, in microseconds.
    private boolean mayHave(StoredSegment segment) throws IOException {
      long last = segment.entry().last();
      if (segment.entry().sealed() && (last <= after || last / 1000 < sinceTime)) {
        return false;
      }
      SealedSegment sealed = segment.sealed();
      if (sealed == null || channels.isEmpty()) {
        return true;
      }
      try {
        for (String channel : channels) {
          if (sealed.run(channel) != null) {
            return true;
          }
        }
        return false;
      } catch (DamagedException e) {
        return true;
      }
    }
  }
}
