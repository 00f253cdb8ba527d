package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.disk.store.StoredRecord.Kind;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/// Random records of history and latest channels, written to a file, and what a segment must say of
/// them.
final class SegmentModel {
  static final long BASE = 1_790_000_000_000_000L;

  private static final SipHash HASH = new SipHash(Records.SALT);

  /// A record and where it is.
  record Entry(StoredRecord record, long position) {}

  final Map<String, List<Entry>> channels = new TreeMap<>();
  final List<Entry> all = new ArrayList<>();
  final List<Long> keyPositions = new ArrayList<>();
  private final Random random;
  private final RecordCodec codec = new RecordCodec(Records.SALT);
  private final StoredFile file;
  long end = SegmentHeader.BYTES;
  private long offset = BASE;

  SegmentModel(Random random, StoredFile file) throws IOException {
    this.random = random;
    this.file = file;
    file.write(header().encode(), 0);
  }

  static SegmentHeader header() {
    return new SegmentHeader(7, Records.SALT, BASE);
  }

  /// Channels `h…` keep a history, `k…` the latest per key.
  Entry add(int channelCount) throws IOException {
    int which = (int) Math.sqrt(random.nextInt(channelCount * channelCount));
    boolean keyed = which % 3 == 0;
    String channel = (keyed ? "k" : "h") + which;
    offset += 1 + random.nextInt(100_000);
    List<Entry> before = channels.getOrDefault(channel, List.of());
    StoredRecord previous = before.isEmpty() ? null : before.getLast().record;
    long seq = previous == null ? 1 + random.nextInt(1000) : previous.seq() + 1;
    long prev = previous == null ? random.nextInt(5) : previous.offset();
    boolean trim = random.nextInt(30) == 0;
    boolean lost = !keyed && previous != null && random.nextInt(500) == 0;
    boolean fresh = random.nextInt(60) == 0;
    Draft draft =
        Draft.text("x".repeat(random.nextInt(60)))
            .withKey(keyed ? "key" + random.nextInt(40) : null)
            .withEnd(random.nextInt(20) == 0);
    if (keyed && random.nextInt(5) == 0) {
      draft = Draft.tombstone("key" + random.nextInt(40));
    }
    long age = offset / 1000 + 12;
    var publication = new Publication(channel, offset, age - 20 + random.nextInt(40), draft);
    long cum = keyed ? 0 : (previous == null ? 5000 : previous.cum()) + publication.weight();
    String idempotencyKey = random.nextInt(4) == 0 ? "i" + offset : null;
    var record =
        trim
            ? new StoredRecord(
                Kind.TRIM, channel, offset, age, seq - 1, 0, prev, fresh, false, keyed, null, null,
                0, 0)
            : new StoredRecord(
                Kind.PUBLICATION,
                channel,
                offset,
                age,
                lost ? seq + 3 : seq,
                lost ? cum + 999 : cum,
                prev,
                fresh,
                false,
                keyed,
                publication,
                idempotencyKey,
                3,
                0);
    return write(record);
  }

  Entry write(StoredRecord record) throws IOException {
    var buffer = new RecordBuffer(0);
    codec.encode(record, buffer);
    ByteBuffer bytes = buffer.take(0);
    file.write(bytes.duplicate(), end);
    var entry = new Entry(Objects.requireNonNull(codec.decode(bytes)), end);
    end += entry.record.length();
    all.add(entry);
    if (record.idempotencyKey() != null) {
      keyPositions.add(entry.position);
    }
    if (record.kind() == Kind.PUBLICATION) {
      channels.computeIfAbsent(record.channel(), name -> new ArrayList<>()).add(entry);
    }
    return entry;
  }

  /// Fails unless the segment says what was written, up to and with `last`.
  void check(Segment segment) throws IOException {
    assertThat(segment.last()).isEqualTo(all.getLast().record.offset());
    assertThat(segment.lastAge()).isEqualTo(all.getLast().record.age());
    assertThat(segment.run("nobody")).isNull();
    for (var channel : channels.entrySet()) {
      Run run = segment.run(channel.getKey());
      assertThat(run).as(channel.getKey()).isNotNull();
      check(segment, channel.getKey(), run);
    }
  }

  void check(Segment segment, String name, Run run) throws IOException {
    List<Entry> held = held(name);
    assertThat(run.size()).as(name).isEqualTo(held.size());
    assertThat(run.keyed()).isEqualTo(name.startsWith("k"));
    StoredRecord first = channels.get(name).getFirst().record;
    assertThat(run.firstSeq()).isEqualTo(first.seq());
    assertThat(run.prev()).isEqualTo(first.prev());
    assertThat(run.lastSeq()).isEqualTo(channels.get(name).getLast().record.seq());
    checkMarks(name, run);
    var spot = new Spot();
    for (int i = 0; i < held.size(); i++) {
      check(segment, held.get(i), run, i, spot);
    }
    int index = random.nextInt(held.size());
    check(segment, held.get(index), run, index, spot);
    assertThat(run.after(held.get(index).record.offset())).isEqualTo(index + 1);
    assertThat(run.after(held.get(index).record.offset() - 1)).isEqualTo(index);
    assertThat(run.after(0)).isZero();
    assertThat(run.after(Long.MAX_VALUE)).isEqualTo(held.size());
    checkTimes(name, held, run);
  }

  private void check(Segment segment, Entry entry, Run run, int index, Spot spot)
      throws IOException {
    run.spot(index, spot);
    Publication publication = Objects.requireNonNull(entry.record.publication());
    assertThat(spot.offset).isEqualTo(publication.offset());
    assertThat(spot.position).isEqualTo(entry.position);
    assertThat(spot.age).isEqualTo(entry.record.age());
    assertThat(spot.seq).isEqualTo(run.keyed() ? 0 : entry.record.seq());
    assertThat(spot.cum).isEqualTo(entry.record.cum());
    assertThat(spot.weight).isEqualTo(publication.weight());
    assertThat(spot.deleted).isEqualTo(publication.deleted());
    assertThat(spot.end).isEqualTo(publication.end());
    String key = publication.key();
    assertThat(spot.keyHash).isEqualTo(run.keyed() ? HASH.hash(key == null ? "" : key) : 0);
    Records.assertSame(
        segment.read(spot.position, publication.channel(), spot.offset), entry.record);
  }

  private void checkMarks(String name, Run run) {
    long freshSeq = 0;
    long freshOffset = 0;
    long freshPrev = 0;
    long trimmedSeq = 0;
    long trimmedOffset = 0;
    for (Entry entry : all) {
      StoredRecord record = entry.record;
      if (record.channel().equals(name) && record.fresh()) {
        freshSeq = record.seq();
        freshOffset = record.offset();
        freshPrev = record.prev();
      }
      if (record.channel().equals(name) && record.kind() == Kind.TRIM && !record.fresh()) {
        trimmedSeq = Math.max(trimmedSeq, record.seq());
        trimmedOffset = Math.max(trimmedOffset, record.prev());
      }
    }
    assertThat(run.cuts())
        .isEqualTo(new Cuts(freshSeq, freshOffset, freshPrev, trimmedSeq, trimmedOffset));
  }

  private void checkTimes(String name, List<Entry> held, Run run) throws IOException {
    long largest = channels.get(name).stream().mapToLong(SegmentModel::time).max().orElseThrow();
    assertThat(run.maxTime()).isEqualTo(largest);
    assertThat(run.since(largest + 1)).isEqualTo(held.size());
    long wanted = time(held.get(random.nextInt(held.size())));
    int exact = 0;
    while (time(held.get(exact)) < wanted) {
      exact++;
    }
    assertThat(run.since(wanted)).isBetween(run.keyed() ? 0 : exact - 31, exact);
  }

  private static long time(Entry entry) {
    return Objects.requireNonNull(entry.record.publication()).time();
  }

  /// What the index has of a channel.
  List<Entry> held(String name) {
    List<Entry> entries = channels.get(name);
    if (name.startsWith("h")) {
      return entries;
    }
    var byKey = new LinkedHashMap<String, Entry>();
    for (Entry entry : entries) {
      String key = String.valueOf(Objects.requireNonNull(entry.record.publication()).key());
      byKey.remove(key);
      byKey.put(key, entry);
    }
    return List.copyOf(byKey.values());
  }
}
