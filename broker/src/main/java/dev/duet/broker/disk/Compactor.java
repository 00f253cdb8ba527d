package dev.duet.broker.disk;

import dev.duet.broker.Retention.Mode;
import dev.duet.broker.disk.store.DiskFullException;
import dev.duet.broker.disk.store.IoReason;
import dev.duet.broker.disk.store.SealedSegment;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.disk.store.Snapshot;
import dev.duet.broker.disk.store.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/// Gives room back: rewrites segments of which much is dead, joins small ones, and holds the bound
/// on the whole log. One thread, off the log's lock.
///
/// The bound takes history first, the oldest of all: the oldest segment that has much of it is
/// rewritten, and with that nothing of channels with a history is held any more up to its end.
/// Where hardly anything but the latest per key is left, the oldest keys get tombstones.
final class Compactor {
  /// As much of a segment must be dead.
  private static final double DEAD = 1 / 3.0;

  /// As much must go when the log is over its bound.
  private static final double WORTH = 0.1;

  /// Segments above what the bound on the log makes necessary, before small ones are joined.
  private static final int SPARE = 32;

  /// How long a segment is left alone that could not be read, milliseconds of the log's own clock:
  /// twice as long each time, up to a bound.
  private static final long ALONE = 60_000;

  private static final long LONGEST_ALONE = 3_600_000;

  private static final System.Logger LOG = System.getLogger("dev.duet.broker.disk");

  private final LogCore core;
  private final Store store;
  private final Reading reading;
  private final Trimming trimming;
  private final Committing committing;
  private final DiskSettings settings;
  private final LongConsumer pace;
  private final Runnable appended;
  private final Estimates estimates;
  private final Map<Long, Alone> alone = new HashMap<>();
  private volatile int unreadable;

  /// A segment that could not be read.
  ///
  /// @param until it is tried again, by the log's own clock
  /// @param next how long it is left alone then, if it cannot be read again
  private record Alone(long until, long next) {}

  /// @param pace is told of bytes that were written, and may wait; of none where the log is far
  ///     over its bound
  /// @param appended is run under the lock when tombstones wait for their commit
  Compactor(
      LogCore core,
      Store store,
      Reading reading,
      Trimming trimming,
      Committing committing,
      DiskSettings settings,
      LongConsumer pace,
      Runnable appended) {
    this.core = core;
    this.store = store;
    this.reading = reading;
    this.trimming = trimming;
    this.committing = committing;
    this.settings = settings;
    this.pace = bytes -> pace.accept(isFarOver() ? 0 : bytes);
    this.appended = appended;
    this.estimates = new Estimates(core, store, reading, settings);
  }

  /// One step; whether another may do more.
  ///
  /// @throws IOException if files cannot be read or written; nothing has changed then
  boolean step() throws IOException {
    if (store.failing() != null) {
      return false;
    }
    try {
      return look();
    } catch (IOException e) {
      core.failed(e);
      if (!canMend()) {
        throw e;
      }
      return true;
    }
  }

  private boolean look() throws IOException {
    try (Snapshot snapshot = store.snapshot()) {
      List<Segment> segments = snapshot.segments();
      int sealed = 0;
      while (sealed < segments.size() && segments.get(sealed) instanceof SealedSegment) {
        sealed++;
      }
      if (mend(segments)) {
        return true;
      }
      List<Long> numbers = segments.stream().map(Segment::number).toList();
      estimates.retain(numbers);
      alone.keySet().retainAll(numbers);
      unreadable = alone.size();
      return sealed > 0
          && (bound(segments, sealed) || dead(segments, sealed) || many(segments, sealed));
    }
  }

  /// Makes indexes anew that were found to be wrong.
  private boolean mend(List<Segment> segments) throws IOException {
    boolean mended = false;
    for (Segment segment : segments) {
      if (core.wrongIndexes().remove(segment.number()) && !isAlone(segment.number())) {
        try {
          store.reindex(segment, core::lost);
          mended = true;
        } catch (IOException e) {
          leave(segment, e);
        }
      }
    }
    core.wrongIndexes().clear();
    return mended;
  }

  /// Whether an index was found to be wrong that is to be made anew.
  private boolean canMend() {
    return core.wrongIndexes().stream().anyMatch(number -> !isAlone(number));
  }

  // ---- what cannot be read

  /// How many segments are left alone because they cannot be read. Any thread.
  int unreadable() {
    return unreadable;
  }

  private boolean isAlone(long number) {
    Alone one = alone.get(number);
    return one != null && core.clock().age() < one.until;
  }

  /// What cannot be read keeps nobody from giving back the room of other segments. What it has
  /// stays: a rewrite would make it a gap.
  ///
  /// @throws IOException if it is not this segment that is to blame
  private void leave(Segment segment, IOException why) throws IOException {
    core.failed(why);
    Throwable cause = why.getCause();
    if (cause != null) {
      core.failed(cause);
    }
    if (canMend()
        || why instanceof DiskFullException
        || store.failing() != null
        || core.isClosed()) {
      throw why;
    }
    Alone before = alone.get(segment.number());
    long time = before == null ? ALONE : before.next;
    long until = core.clock().age() + time;
    alone.put(segment.number(), new Alone(until, Math.min(2 * time, LONGEST_ALONE)));
    LOG.log(
        System.Logger.Level.WARNING,
        segment
            + " of the log "
            + store.durability().text()
            + " cannot be compacted and is left as it is; it is tried again in "
            + time / 1_000
            + " s: "
            + IoReason.of(why));
    unreadable = alone.size();
  }

  // ---- what is chosen

  /// Whether more is published than is given back at the usual pace.
  private boolean isFarOver() {
    long more = Math.max(settings.maxBytes() / 8, 4 * settings.segments().bytes());
    return store.bytes() > settings.maxBytes() + more;
  }

  /// Nothing goes from readers that gives no room back: where a rewrite fails this ends.
  private boolean bound(List<Segment> segments, int sealed) throws IOException {
    if (store.bytes() <= settings.maxBytes()) {
      return false;
    }
    for (int place = 0; place < sealed; place++) {
      long last = segments.get(place).last();
      if (estimate(segments, place, last) >= WORTH && rewrite(segments, place, place + 1, last)) {
        return true;
      }
    }
    boolean evicted = false;
    for (int place = 0; place < sealed && !evicted; place++) {
      if (!isAlone(segments.get(place).number())) {
        evicted = evictKeys((SealedSegment) segments.get(place));
      }
    }
    return false;
  }

  /// Gives the keys of a segment tombstones.
  ///
  /// @return whether any was held
  private boolean evictKeys(SealedSegment oldest) throws IOException {
    boolean evicted = false;
    SealedSegment.Entries entries = oldest.entries();
    while (entries.next()) {
      String channel = entries.channel();
      if (core.families().of(channel).keeps(Mode.LATEST)) {
        evicted |=
            reading
                .withStates(
                    List.of(channel),
                    () -> {
                      KeyedState state = (KeyedState) core.state(channel);
                      boolean held = state.holdsKey(oldest.last());
                      if (state.end) {
                        var unused = trimming.trim(channel, oldest.last());
                      } else {
                        var unused = committing.retainer().trim(state, oldest.last());
                        appended.run();
                      }
                      return CompletableFuture.completedFuture(held);
                    })
                .join();
      }
    }
    return evicted;
  }

  /// A rewrite knows all channels of its segments: so it takes no more of these than a segment may
  /// have, or one segment.
  private boolean dead(List<Segment> segments, int sealed) throws IOException {
    int most = settings.segments().channels();
    for (int place = 0; place < sealed; place++) {
      if (estimate(segments, place) < DEAD) {
        continue;
      }
      int end = place + 1;
      long staying = staying(segments, place);
      int channels = channels(segments, place);
      while (end < sealed
          && channels + channels(segments, end) <= most
          && estimate(segments, end) >= DEAD
          && staying + staying(segments, end) <= settings.segments().bytes()) {
        staying += staying(segments, end);
        channels += channels(segments, end++);
      }
      if (rewrite(segments, place, end, 0)) {
        return true;
      }
    }
    return false;
  }

  private static int channels(List<Segment> segments, int place) {
    return ((SealedSegment) segments.get(place)).channels();
  }

  private long staying(List<Segment> segments, int place) throws IOException {
    return (long) (segments.get(place).bytes() * (1 - estimate(segments, place)));
  }

  /// Joins the smallest neighbours, where there are too many segments.
  private boolean many(List<Segment> segments, int sealed) throws IOException {
    long full = settings.segments().bytes();
    if (sealed < 2 || sealed <= SPARE + 2 * (store.bytes() / full)) {
      return false;
    }
    int best = -1;
    long least = full;
    for (int place = 0; place + 1 < sealed; place++) {
      long both = segments.get(place).bytes() + segments.get(place + 1).bytes();
      if (both < least && fit(segments, place, place + 2)) {
        least = both;
        best = place;
      }
    }
    if (best < 0) {
      return false;
    }
    int end = best + 2;
    while (end < sealed && fit(segments, best, end + 1)) {
      end++;
    }
    return rewrite(segments, best, end, 0);
  }

  /// Whether neighbours have room in one segment. With less than that as many are written as were
  /// read.
  private boolean fit(List<Segment> segments, int from, int to) {
    SegmentLimits limits = settings.segments();
    long bytes = 0;
    long records = 0;
    long channels = 0;
    for (Segment segment : segments.subList(from, to)) {
      var one = (SealedSegment) segment;
      if (isAlone(one.number())) {
        return false;
      }
      bytes += one.bytes();
      records += one.records();
      channels += one.channels();
    }
    return bytes <= limits.bytes() && records <= limits.records() && channels <= limits.channels();
  }

  // ---- what is done

  private double estimate(List<Segment> segments, int place) throws IOException {
    return estimate(segments, place, 0);
  }

  /// @param evicted up to here the bound on the log would take history; 0 for none
  private double estimate(List<Segment> segments, int place, long evicted) throws IOException {
    if (isAlone(segments.get(place).number())) {
      return 0;
    }
    try {
      return estimates.of(segments, place, evicted);
    } catch (IOException e) {
      leave(segments.get(place), e);
      return 0;
    }
  }

  /// Whether they could be read.
  ///
  /// @param evicted up to here the bound on the log takes history with it; 0 for none
  /// @throws IOException if it failed otherwise: so it would with any other segment
  private boolean rewrite(List<Segment> segments, int from, int to, long evicted)
      throws IOException {
    var old = new ArrayList<SealedSegment>();
    for (Segment segment : segments.subList(from, to)) {
      old.add((SealedSegment) segment);
    }
    // What goes here lets more go of the segments after it.
    for (Segment segment : segments.subList(from, segments.size())) {
      estimates.forget(segment);
    }
    boolean tried = old.stream().anyMatch(estimates::wasLeft);
    int rescues = store.rescues();
    try (var verdicts =
        new Verdicts(core, reading, segments, from, to, evicted, settings.maxChannelBytes() / 2)) {
      var rewrite =
          new Rewrite(core, store, old, verdicts, evicted, settings.keyWindow().toMillis(), pace);
      rewrite.run(() -> store.rescues() == rescues);
    } catch (UnreadableSegmentException e) {
      leave(e.segment(), e);
      return false;
    }
    try (Snapshot now = store.snapshot()) {
      estimates.left(now.segments(), old.getFirst().base(), old.getLast().last(), tried);
    }
    return true;
  }
}
