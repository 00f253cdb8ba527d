package dev.duet.broker.disk;

import dev.duet.broker.disk.store.Change;
import dev.duet.broker.disk.store.Hole;
import dev.duet.broker.disk.store.RecordScanner;
import dev.duet.broker.disk.store.RecordScanner.Damage;
import dev.duet.broker.disk.store.SealedSegment;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.SegmentOutput;
import dev.duet.broker.disk.store.Store;
import dev.duet.broker.disk.store.StoredRecord;
import dev.duet.broker.disk.store.StoredRecord.Kind;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Writes neighbouring segments anew, without what may go. Reads them twice: first to decide, then
/// to copy; so the last of several things that are left of a channel is known when it is met. One
/// thread, off the log's lock.
final class Rewrite {
  /// Bytes that are read or written in one go: then publishers go first.
  private static final int STEP = 256 << 10;

  /// So much cheaper than to write is it to read.
  private static final int READING = 4;

  private final LogCore core;
  private final Store store;
  private final List<SealedSegment> old;
  private final Verdicts verdicts;
  private final long evicted;
  private final long keyWindowMillis;
  private final LongConsumer pace;
  private final BitSet gone = new BitSet();

  /// Per segment a hash of the offsets that were read to decide: what is copied must be the same.
  private final long[] decided;

  private final Map<String, Left> left = new HashMap<>();
  private final Map<String, Long> floors = new HashMap<>();
  private final List<Hole> holes = new ArrayList<>();

  /// What stays of records of a channel that keeps the latest per key, when they go.
  private static final class Left {
    /// Offset of the last record that moves the horizon, and where to; up to where nothing at all
    /// is held.
    private long horizonAt;

    private long horizon;
    private long gone;

    /// Offset of the last fresh one.
    private long freshAt;
  }

  /// @param old neighbours in log order, retained by the caller
  /// @param evicted up to here the bound on the log takes history with it, as the verdicts have it
  /// @param keyWindowMillis how long idempotency keys are remembered
  /// @param pace is told of bytes that were written, and of a quarter of what was only read, and
  ///     may wait
  Rewrite(
      LogCore core,
      Store store,
      List<SealedSegment> old,
      Verdicts verdicts,
      long evicted,
      long keyWindowMillis,
      LongConsumer pace) {
    this.core = core;
    this.store = store;
    this.old = old;
    this.verdicts = verdicts;
    this.evicted = evicted;
    this.decided = new long[old.size()];
    this.keyWindowMillis = keyWindowMillis;
    this.pace = pace;
  }

  /// Does it.
  ///
  /// @param stands whether what was decided still stands when all is written
  /// @throws UnreadableSegmentException if one of the old ones cannot be read; nothing has changed
  /// @throws IOException if it failed otherwise; nothing has changed
  void run(BooleanSupplier stands) throws IOException {
    decide();
    var outputs = new ArrayList<SegmentOutput>();
    try {
      copy(outputs);
      if (!stands.getAsBoolean()) {
        throw new IOException("a sync failed while segments were rewritten");
      }
    } catch (IOException | RuntimeException e) {
      outputs.forEach(SegmentOutput::close);
      throw e;
    }
    store.replace(List.<Segment>copyOf(old), outputs, new Change(floors, holes), this::shown);
  }

  /// Under the lock, when readers get the new segments, and not before: where these could not be
  /// put in place all is held that was.
  private void shown() {
    core.families().evict(evicted);
    floors.forEach((pattern, floor) -> core.families().raiseFloor(pattern, floor));
    holes.forEach(hole -> core.hole(hole.from(), hole.to()));
  }

  // ---- deciding

  private void decide() throws IOException {
    int index = 0;
    long read = 0;
    for (int i = 0; i < old.size(); i++) {
      SealedSegment segment = old.get(i);
      RecordScanner records = scan(segment);
      for (StoredRecord record; (record = next(records, segment)) != null; index++) {
        note(records.damage(), segment);
        decided[i] = decided[i] * 31 + record.offset();
        if (goes(record, segment)) {
          gone.set(index);
        }
        read += record.length();
        if (read >= STEP) {
          pace.accept(read / READING);
          read = 0;
        }
      }
      note(records.damage(), segment);
    }
  }

  private static RecordScanner scan(SealedSegment segment) throws UnreadableSegmentException {
    try {
      return segment.scan();
    } catch (IOException e) {
      throw new UnreadableSegmentException(segment, e);
    }
  }

  private static @Nullable StoredRecord next(RecordScanner records, SealedSegment of)
      throws UnreadableSegmentException {
    try {
      return records.next();
    } catch (IOException e) {
      throw new UnreadableSegmentException(of, e);
    }
  }

  /// @throws UnreadableSegmentException if the disk cannot read something: another time it may
  private void note(@Nullable Damage damage, SealedSegment in) throws UnreadableSegmentException {
    if (damage != null) {
      if (damage.unreadable()) {
        throw new UnreadableSegmentException(in, damage.from(), damage.to());
      }
      long to = damage.before() == Damage.NOTHING ? in.last() : damage.before() - 1;
      if (to > damage.after()) {
        holes.add(new Hole(damage.after(), to));
      }
    }
  }

  private boolean goes(StoredRecord record, SealedSegment in) throws UnreadableSegmentException {
    if (record.kind() == Kind.KEY) {
      return !isInWindow(record);
    }
    Verdict verdict = verdict(record, in);
    Publication publication = record.publication();
    if (publication == null) {
      return goesTrim(record, verdict);
    }
    if (!verdict.goes(record, publication)) {
      return false;
    }
    if (verdict instanceof Verdict.Keyed keyed) {
      boolean letGo =
          publication.deleted() && !keyed.isOverwritten(publication) || isDropped(record, verdict);
      leave(record, letGo ? record.offset() : 0, 0);
    }
    forget(record, verdict);
    return true;
  }

  /// @throws UnreadableSegmentException if what is known of the channel cannot be read
  private Verdict verdict(StoredRecord record, SealedSegment in) throws UnreadableSegmentException {
    try {
      return verdicts.of(record.channel());
    } catch (IOException e) {
      throw new UnreadableSegmentException(in, e);
    }
  }

  /// Whether it went without a tombstone: of a channel that has ended, which takes none.
  private boolean isDropped(StoredRecord record, Verdict verdict) {
    return core.locked(
        () ->
            verdict.state instanceof KeyedState state
                && state.end
                && record.offset() <= state.horizon());
  }

  private boolean goesTrim(StoredRecord record, Verdict verdict) {
    if (verdict instanceof Verdict.Keyed) {
      leave(record, record.fresh() ? 0 : record.prev(), record.seq());
      return true;
    }
    if (!verdict.older) {
      forget(record, verdict);
    }
    return !verdict.older;
  }

  private void leave(StoredRecord record, long horizon, long gone) {
    if (horizon > 0 || record.fresh()) {
      Left one = left.computeIfAbsent(record.channel(), name -> new Left());
      one.gone = Math.max(one.gone, gone);
      if (horizon > 0) {
        one.horizonAt = record.offset();
        one.horizon = Math.max(one.horizon, horizon);
      }
      if (record.fresh()) {
        one.freshAt = record.offset();
      }
    }
  }

  /// With the last record of a channel of which nothing is held it is no longer known: that is one
  /// number of its namespace from now on.
  private void forget(StoredRecord record, Verdict verdict) {
    if (!verdict.older && !verdict.newer) {
      ChannelState state = verdict.state;
      boolean unknown = core.locked(() -> !state.isHeld(core.clock().age()));
      if (unknown) {
        long own = record.publication() == null ? record.prev() : record.offset();
        long horizon = Math.max(own, core.locked(state::emptyHorizon));
        floors.merge(state.family().pattern(), horizon, Math::max);
      }
    }
  }

  private boolean isInWindow(StoredRecord record) {
    return core.clock().age() - record.age() <= keyWindowMillis;
  }

  // ---- copying

  private void copy(List<SegmentOutput> outputs) throws IOException {
    int index = 0;
    long paced = 0;
    for (int i = 0; i < old.size(); i++) {
      SealedSegment segment = old.get(i);
      RecordScanner records = scan(segment);
      long copied = 0;
      for (StoredRecord record; (record = next(records, segment)) != null; index++) {
        copied = copied * 31 + record.offset();
        StoredRecord stays = gone.get(index) ? leftOf(record, segment) : record;
        if (stays == null) {
          continue;
        }
        SegmentOutput output = output(outputs, record);
        output.add(stays);
        paced += record.length();
        if (paced >= STEP) {
          pace.accept(paced);
          paced = 0;
        }
      }
      if (copied != decided[i]) {
        throw new UnreadableSegmentException(
            segment, new IOException(segment + " reads differently a second time"));
      }
    }
  }

  private SegmentOutput output(List<SegmentOutput> outputs, StoredRecord next) throws IOException {
    if (outputs.isEmpty()) {
      outputs.add(store.output(old.getFirst().base()));
    } else if (outputs.getLast().isFull()) {
      outputs.add(store.output(next.offset() - 1));
    }
    return outputs.getLast();
  }

  /// What is written in the place of a record that goes, or null.
  private @Nullable StoredRecord leftOf(StoredRecord record, SealedSegment in)
      throws UnreadableSegmentException {
    Left channel = left.get(record.channel());
    if (channel != null && isKnown(record, in)) {
      if (record.offset() == channel.freshAt) {
        boolean both = record.offset() == channel.horizonAt;
        return trim(record, both ? channel.horizon : record.prev(), channel.gone, true);
      }
      if (record.offset() == channel.horizonAt) {
        return trim(record, channel.horizon, channel.gone, false);
      }
    }
    return hasKey(record) ? record.asKey() : null;
  }

  /// Whether anything is left of its channel by which it is known, or an append that is under way
  /// says that it goes on.
  private boolean isKnown(StoredRecord record, SealedSegment in) throws UnreadableSegmentException {
    Verdict verdict = verdict(record, in);
    return verdict.older
        || verdict.newer
        || core.locked(
            () ->
                verdict.state.isHeld(core.clock().age())
                    || core.pending().of(record.channel()) != null);
  }

  private boolean hasKey(StoredRecord record) {
    return record.idempotencyKey() != null && isInWindow(record);
  }

  /// With the idempotency key of the record, if that is within its window.
  private StoredRecord trim(StoredRecord record, long prev, long gone, boolean fresh) {
    return new StoredRecord(
        Kind.TRIM,
        record.channel(),
        record.offset(),
        record.age(),
        gone,
        0,
        prev,
        fresh,
        false,
        true,
        null,
        hasKey(record) ? record.idempotencyKey() : null,
        hasKey(record) ? record.print() : 0,
        0);
  }
}
