package dev.duet.broker.disk;

import static dev.duet.protocol.Gap.Reason.HOLE;

import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.Spot;
import dev.duet.broker.disk.store.StoredRecord;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The records of one channel that a page may have, in its direction, without their bytes. One
/// thread, off the log's lock.
abstract sealed class Way {
  final Part part;
  final List<Segment> segments;
  final Spot spot = new Spot();
  int place;
  @Nullable Run run;

  /// Whether [#spot] is a record; false at the end.
  boolean isAt;

  private Way(Part part, List<Segment> segments) {
    this.part = part;
    this.segments = segments;
  }

  /// Goes to the next record.
  abstract void advance() throws IOException;

  /// A gap that must be told before the record, or null.
  @Nullable Gap gapBefore() {
    return null;
  }

  /// Reads the record's publication.
  ///
  /// @throws DamagedException if it is not what was written
  Publication publication() throws IOException {
    String channel = part.span.channel();
    StoredRecord record = segments.get(place).read(spot.position, channel, spot.offset);
    Publication publication = record.publication();
    if (publication == null) {
      throw new DamagedException(
          channel + "@" + spot.offset + ": the index names a record of another kind");
    }
    return publication;
  }

  /// The place of the first segment that ends after `offset`.
  static int placeAfter(List<Segment> segments, long offset) {
    int low = 0;
    int high = segments.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (segments.get(middle).last() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Forwards through a history.
  static final class History extends Way {
    private final HistoryTail tail;
    private final long upTo;
    private int index;
    private @Nullable Gap first;
    private @Nullable Gap between;

    History(Part part, HistoryTail tail, List<Segment> segments, long upTo, long now)
        throws IOException {
      super(part, segments);
      this.tail = tail;
      this.upTo = upTo;
      this.place = placeAfter(segments, part.span.after());
      if (find(part.span.after())) {
        begin(now);
      } else if (!tail.isHeld(now)) {
        first = gap(tail.emptyHorizon(), false);
      }
      isAt = isAt && spot.offset <= upTo;
    }

    /// The gap before everything, or null.
    @Nullable Gap first() {
      return first;
    }

    /// Finds the first record after `after` that is there, held or not.
    private boolean find(long after) throws IOException {
      for (; place < segments.size(); place++) {
        run = part.run(segments.get(place));
        index = run == null ? 0 : run.after(after);
        if (run != null && index < run.size()) {
          run.spot(index, spot);
          return true;
        }
      }
      return false;
    }

    /// From there to the first one that is held.
    private void begin(long now) throws IOException {
      while (run != null) {
        index = ChannelRuns.firstHeld(run, index, tail, now, spot);
        if (index < run.size()) {
          boolean fresh = ChannelRuns.isFresh(run, index, spot);
          first = gap(ChannelRuns.before(run, index, spot), !fresh);
          run.spot(index, spot);
          isAt = true;
          return;
        }
        long last = segments.get(place).last();
        place++;
        if (!find(last)) {
          run = null;
        }
      }
      first = gap(tail.emptyHorizon(), false);
    }

    private @Nullable Gap gap(long horizon, boolean certain) {
      if (horizon <= part.span.told()) {
        return null;
      }
      boolean moved = horizon <= tail.moved();
      Gap.Reason reason =
          moved ? Gap.Reason.MOVED : certain ? Gap.Reason.RETENTION : Gap.Reason.FORGOTTEN;
      return new Gap(
          part.span.channel(), part.span.after(), horizon, reason, certain && !moved, false);
    }

    @Override
    void advance() throws IOException {
      long offset = spot.offset;
      long seq = spot.seq;
      between = null;
      if (run != null && ++index < run.size()) {
        run.spot(index, spot);
      } else {
        place++;
        isAt = find(offset);
      }
      isAt = isAt && spot.offset <= upTo;
      if (isAt && spot.seq > seq + 1) {
        between = new Gap(part.span.channel(), offset, spot.offset - 1, HOLE, true, false);
      }
    }

    @Override
    @Nullable Gap gapBefore() {
      return between;
    }
  }

  /// Backwards through a history.
  static final class Backwards extends Way {
    private final HistoryTail tail;
    private final long now;
    private int index;

    Backwards(Part part, HistoryTail tail, List<Segment> segments, long upTo, long now)
        throws IOException {
      super(part, segments);
      this.tail = tail;
      this.now = now;
      this.place = Math.min(segments.size() - 1, placeAfter(segments, upTo));
      down(upTo);
    }

    /// To the last record up to an offset, in this segment or an older one.
    private void down(long upTo) throws IOException {
      for (; place >= 0 && segments.get(place).last() > part.span.after(); place--) {
        run = part.run(segments.get(place));
        index = run == null ? -1 : run.after(upTo) - 1;
        if (run != null && index >= 0) {
          look(run);
          return;
        }
      }
      isAt = false;
    }

    private void look(Run at) throws IOException {
      at.spot(index, spot);
      isAt = spot.offset > part.span.after() && !at.keyed() && tail.holds(spot, now);
    }

    @Override
    void advance() throws IOException {
      if (--index >= 0) {
        look(Objects.requireNonNull(run));
      } else {
        long offset = spot.offset;
        place--;
        down(offset - 1);
      }
    }
  }

  /// Through what is held of a channel that keeps the latest per key, in either direction.
  static final class Keyed extends Way {
    private int next;

    Keyed(Part part, List<Segment> segments) throws IOException {
      super(part, segments);
      this.place = part.backwards ? segments.size() - 1 : 0;
      advance();
    }

    @Override
    void advance() throws IOException {
      isAt = next < part.held.length;
      if (!isAt) {
        return;
      }
      long offset = part.held[next++];
      int wanted = placeAfter(segments, offset - 1);
      if (run == null || wanted != place) {
        place = wanted;
        run = place < segments.size() ? part.run(segments.get(place)) : null;
      }
      int index = run == null ? 0 : run.after(offset - 1);
      if (run != null && index < run.size()) {
        run.spot(index, spot);
      }
      if (run == null || index >= run.size() || spot.offset != offset) {
        throw new KeyedDamageException(part.span.channel(), offset);
      }
    }
  }

  /// A record of a channel that keeps the latest per key cannot be read: the page has to begin
  /// again, with a gap.
  static final class KeyedDamageException extends IOException {
    private static final long serialVersionUID = 1;

    private final String channel;
    private final long offset;

    KeyedDamageException(String channel, long offset) {
      super(channel + "@" + offset + " cannot be read");
      this.channel = channel;
      this.offset = offset;
    }

    String channel() {
      return channel;
    }

    long offset() {
      return offset;
    }
  }
}
