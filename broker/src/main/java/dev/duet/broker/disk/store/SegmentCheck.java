package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.RecordScanner.Damage;
import dev.duet.broker.disk.store.Verification.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Verifies one segment: its records, the blocks of its index, and one against the other. Its index
/// is made anew in memory for it.
final class SegmentCheck {
  private final Verification to;
  private final StoredLog log;
  private final StoredSegment segment;
  private final Chains chains;
  private final boolean isLast;
  private final String file;
  private final SegmentIndex index;
  private final List<Damage> damages = new ArrayList<>();
  private boolean[] told = new boolean[0];

  /// @param isLast whether it is the last one in which something was written
  SegmentCheck(
      Verification to, StoredLog log, StoredSegment segment, Chains chains, boolean isLast) {
    this.to = to;
    this.log = log;
    this.segment = segment;
    this.chains = chains;
    this.isLast = isLast;
    this.file = to.file(SegmentHeader.logName(segment.entry().number()));
    this.index = new SegmentIndex(new SipHash(segment.header().salt()), segment.base());
  }

  void run() throws IOException {
    if (segment.isReady()) {
      return;
    }
    boolean wholeIndex = !segment.entry().sealed() || blocks();
    for (StoredSegment.Trouble one : segment.troubles()) {
      boolean isData = one.file().endsWith(".log");
      if (wholeIndex || isData) {
        boolean known = isData && to.isHole(segment.base(), segment.entry().last());
        to.tell(new Problem(to.file(one.file()), -1, -1, null, -1, one.what(), known));
      }
    }
    RecordScanner scanner = segment.scan();
    if (scanner == null) {
      chains.end(segment, null, false);
      return;
    }
    long last = records(scanner);
    if (segment.size() < segment.end()) {
      String what = "the file ends before its records do";
      boolean known = to.isHole(last, segment.entry().last());
      to.tell(new Problem(file, segment.size(), segment.end(), null, -1, what, known));
    }
    if (segment.entry().sealed() && last > segment.entry().last()) {
      to.tell(
          file, -1, -1, null, last, "the manifest says that it ends at " + segment.entry().last());
    }
    beyond(last);
    told = new boolean[damages.size()];
    SealedSegment sealed = segment.sealed();
    if (wholeIndex && sealed != null) {
      compare(sealed);
    }
    for (int i = 0; i < told.length; i++) {
      if (!told[i]) {
        Damage one = damages.get(i);
        boolean isEnd = one.before() == Damage.NOTHING;
        String what =
            "damaged; what was there came after "
                + one.after()
                + (isEnd ? "" : " and before " + one.before())
                + ", nobody knows of which channels it was";
        long end = isEnd ? Math.max(segment.entry().last(), one.after() + 1) : one.before() - 1;
        boolean known = to.isHole(one.after(), end);
        to.tell(new Problem(file, one.from(), one.to(), null, -1, what, known));
      }
    }
    chains.end(segment, index, damages.isEmpty());
  }

  // ---- records

  private long records(RecordScanner scanner) throws IOException {
    long last = segment.base();
    long damagedTo = 0;
    List<Damage> doubts = new ArrayList<>();
    for (StoredRecord record = scanner.next(); record != null; record = scanner.next()) {
      Damage damage = scanner.damage();
      if (damage != null) {
        doubts.add(damage);
        damagedTo = record.offset();
      }
      if (record.first() || segment.entry().sealed()) {
        damages.addAll(doubts);
        doubts.clear();
      }
      to.counted();
      index.add(record, scanner.position());
      last = record.offset();
      String broken = chains.next(record, damagedTo);
      if (broken != null) {
        long from = scanner.position();
        to.tell(file, from, from + record.length(), record.channel(), record.offset(), broken);
      }
    }
    Damage damage = scanner.damage();
    if (damage != null) {
      doubts.add(damage);
    }
    if (!doubts.isEmpty()) {
      tail(doubts);
    }
    return last;
  }

  /// Behind the end that the index names there is nothing, unless a failed sync cut it off.
  private void beyond(long last) throws IOException {
    RecordScanner scanner =
        segment.sealed() != null && segment.entry().end() < 0 && segment.size() > segment.end()
            ? segment.scanBeyond(last)
            : null;
    StoredRecord record = scanner == null ? null : scanner.next();
    if (scanner != null && record != null) {
      to.tell(
          file,
          scanner.position(),
          scanner.position() + record.length(),
          record.channel(),
          record.offset(),
          "a record after byte " + segment.end() + ", where its index says that records end");
    }
  }

  private void tail(List<Damage> doubts) {
    boolean mayBeTorn =
        !segment.entry().sealed()
            && isLast
            && segment.entry().end() < 0
            && log.condition() != StoredLog.Condition.STOPPED;
    if (mayBeTorn) {
      to.tail(
          file
              + ", from byte "
              + doubts.getFirst().from()
              + " on: not a whole record; it is being written, or a start cuts it off");
    } else {
      damages.addAll(doubts);
    }
  }

  // ---- index

  /// Reads all blocks; whether none is wrong.
  private boolean blocks() throws IOException {
    String name = SegmentHeader.indexName(segment.entry().number());
    boolean whole = true;
    try (StoredFile opened = log.folder().open(name, false)) {
      var blocks = new IndexBlocks(segment.header(), opened, null);
      for (int i = 0; i < blocks.count(); i++) {
        try {
          blocks.block(i);
        } catch (DamagedException e) {
          whole = false;
          long from = (long) i * IndexBlocks.BLOCK;
          to.tell(
              to.file(name),
              from,
              from + IndexBlocks.BLOCK,
              null,
              -1,
              "the checksum of this block is wrong; a start makes the index anew from the data");
        }
      }
    } catch (IOException e) {
      // It was told when the segment was opened, or another took its place meanwhile.
      return true;
    }
    return whole;
  }

  private void compare(SealedSegment sealed) throws IOException {
    index.freeze();
    String name = to.file(SegmentHeader.indexName(segment.entry().number()));
    SealedSegment.Entries entries = sealed.entries();
    int matched = 0;
    try {
      while (entries.next()) {
        Run should = index.channel(entries.channel());
        matched += should == null ? 0 : 1;
        compare(name, entries.channel(), entries.run(), should);
      }
    } catch (DamagedException e) {
      to.tell(name, -1, -1, null, -1, IoReason.of(e));
      return;
    }
    if (matched < index.channels().size()) {
      for (String channel : index.channels().keySet()) {
        if (sealed.run(channel) == null) {
          to.tell(name, -1, -1, channel, -1, "the channel is not in it, but has records");
        }
      }
    }
    long[] keys = sealed.keyPositions().stream().mapToLong(Long::longValue).toArray();
    long[] shouldKeys = Arrays.stream(index.keyPositions()).asLongStream().toArray();
    if (damages.isEmpty() && !isCut() && !Arrays.equals(keys, shouldKeys)) {
      to.tell(name, -1, -1, null, -1, "it does not name the records with idempotency keys");
    }
  }

  /// Whether a failed sync ended it: then its index may know of what was written after it.
  private boolean isCut() {
    return segment.entry().end() >= 0;
  }

  private void compare(String name, String channel, Run is, @Nullable Run should)
      throws IOException {
    var a = new Spot();
    var b = new Spot();
    int size = should == null ? 0 : should.size();
    int at = 0;
    boolean hurt = false;
    for (int i = 0; i < is.size(); i++) {
      is.spot(i, a);
      while (at < size && spot(should, at, b).offset < a.offset) {
        hurt |= !missing(name, channel, is, b, hurt);
        at++;
      }
      if (isDamaged(a, channel)) {
        hurt = true;
      } else if (at == size || spot(should, at, b).offset != a.offset) {
        to.tell(name, -1, -1, channel, a.offset, "the index has it, the data does not");
        hurt = true;
      } else {
        at++;
        if (!isSame(a, b, is.keyed())) {
          to.tell(name, -1, -1, channel, a.offset, "the index says otherwise than the record");
        }
      }
    }
    for (; at < size; at++) {
      missing(name, channel, is, spot(should, at, b), hurt);
    }
    if (!hurt && !isCut() && should != null && !isSame(is, should)) {
      to.tell(name, -1, -1, channel, -1, "its entry says otherwise than its records");
    }
  }

  /// A record that the index does not have. In a keyed run that is right where a later one of its
  /// key is damaged.
  private boolean missing(String name, String channel, Run is, Spot record, boolean hurt) {
    boolean may = is.keyed() && (hurt || isCut() || !damages.isEmpty());
    if (!may) {
      to.tell(name, -1, -1, channel, record.offset, "the data has it, the index does not");
    }
    return may;
  }

  private static Spot spot(@Nullable Run run, int index, Spot into) throws IOException {
    Objects.requireNonNull(run).spot(index, into);
    return into;
  }

  private boolean isDamaged(Spot spot, String channel) {
    for (int i = 0; i < damages.size(); i++) {
      Damage one = damages.get(i);
      if (one.from() <= spot.position && spot.position < one.to()) {
        told[i] = true;
        String what = "the record is damaged";
        boolean known = to.isHole(spot.offset - 1, spot.offset);
        to.tell(new Problem(file, spot.position, one.to(), channel, spot.offset, what, known));
        return true;
      }
    }
    return false;
  }

  private static boolean isSame(Spot a, Spot b, boolean keyed) {
    return a.position == b.position
        && a.age == b.age
        && a.weight == b.weight
        && a.deleted == b.deleted
        && a.end == b.end
        && (keyed ? a.keyHash == b.keyHash : a.seq == b.seq && a.cum == b.cum);
  }

  private static boolean isSame(Run a, Run b) {
    return a.keyed() == b.keyed()
        && a.firstSeq() == b.firstSeq()
        && a.prev() == b.prev()
        && a.lastSeq() == b.lastSeq()
        && a.cuts().equals(b.cuts())
        && (a.size() == 0 || a.maxTime() == b.maxTime());
  }
}
