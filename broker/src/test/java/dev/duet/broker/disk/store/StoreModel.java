package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A store on a disk that fails, beside what it must have: every record that was acknowledged.
final class StoreModel {
  static final String[] CHANNELS = {"a", "bids:1", "bids:2", "chat"};

  final Random random;
  final Durability durability;
  LossyFolder folder;
  final ReentrantLock lock = new ReentrantLock();
  final List<String> said = new ArrayList<>();

  /// By offset: what was acknowledged, or found at a start.
  final Map<Long, StoredRecord> held = new TreeMap<>();

  /// By offset: what was refused, and may be there or not.
  final Map<Long, StoredRecord> refused = new TreeMap<>();

  private final Map<String, StoredRecord> tails = new TreeMap<>();
  private SegmentLimits limits = SegmentLimits.DEFAULT;
  private Executor background = Runnable::run;
  private String boot = "boot0";
  private int boots;
  private long wall = 1_700_000_000_000L;
  private long offset;
  List<Hole> holes = List.of();
  @Nullable LogIds ids;
  @Nullable Store store;

  StoreModel(long seed, Durability durability) {
    this.random = new Random(seed);
    this.durability = durability;
    this.folder = new LossyFolder(random);
  }

  void limits(SegmentLimits other) {
    limits = other;
  }

  void background(Executor executor) {
    background = executor;
  }

  StoreSettings settings() {
    return new StoreSettings(
        durability,
        limits,
        background,
        random,
        () -> Instant.ofEpochMilli(wall),
        () -> wall * 1_000_000,
        () -> boot,
        Duration.ofMinutes(2),
        1000,
        1 << 20,
        said::add);
  }

  void pass(long millis) {
    wall += millis;
  }

  /// The power goes.
  void crash() {
    folder.crash();
    boot = "boot" + ++boots;
    store = null;
  }

  /// The process is killed.
  void kill() {
    folder.kill();
    store = null;
  }

  Store store() {
    return Objects.requireNonNull(store);
  }

  Store open() throws IOException {
    said.clear();
    Store opened;
    try {
      opened = Store.open(folder, settings(), lock);
    } catch (IOException e) {
      throw e.getCause() instanceof LossyFolder.Ended ended ? ended : e;
    }
    store = opened;
    offset = Math.max(offset, opened.recovered().position());
    return opened;
  }

  /// One record more, after all others.
  StoredRecord next(String channel) {
    offset = Math.max(offset + 1 + random.nextInt(3), wall * 1000);
    StoredRecord tail = tails.get(channel);
    byte[] data =
        ("text " + offset + "x".repeat(random.nextInt(60))).getBytes(StandardCharsets.UTF_8);
    var draft = new Draft(PayloadType.TEXT, data, null, null, null, false, false, null, Draft.ANY);
    var publication = new Publication(channel, offset, wall, draft);
    boolean keyed = random.nextInt(4) == 0;
    var record =
        new StoredRecord(
            StoredRecord.Kind.PUBLICATION,
            channel,
            offset,
            wall - 1_700_000_000_000L,
            tail == null ? 1 : tail.seq() + 1,
            (tail == null ? 0 : tail.cum()) + publication.weight(),
            tail == null ? 0 : tail.offset(),
            tail == null,
            false,
            false,
            publication,
            keyed ? "key" + offset : null,
            keyed ? offset * 7 : 0,
            0);
    tails.put(channel, record);
    return record;
  }

  List<StoredRecord> batch(int size) {
    List<StoredRecord> batch = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      batch.add(next(CHANNELS[random.nextInt(CHANNELS.length)]));
    }
    return batch;
  }

  /// Writes a batch; whether it was taken.
  boolean write(int size) throws LossyFolder.Ended {
    Map<String, StoredRecord> before = new TreeMap<>(tails);
    List<StoredRecord> batch = batch(size);
    Written written;
    try {
      written = store().write(batch);
    } catch (IOException e) {
      batch.forEach(record -> refused.put(record.offset(), record));
      tails.clear();
      tails.putAll(before);
      if (e instanceof LossyFolder.Ended ended) {
        throw ended;
      }
      return false;
    }
    lock.lock();
    try {
      store().index(written);
    } finally {
      lock.unlock();
    }
    batch.forEach(record -> held.put(record.offset(), record));
    return true;
  }

  /// All that the store has, by offset.
  Map<Long, StoredRecord> all(List<String> unreadable) throws IOException {
    Map<Long, StoredRecord> all = new TreeMap<>();
    try (Snapshot snapshot = store().snapshot()) {
      long end = -1;
      for (Segment segment : snapshot.segments()) {
        assertThat(segment.base()).isGreaterThanOrEqualTo(end);
        end = segment.last();
        for (String channel : CHANNELS) {
          read(segment, channel, all, unreadable);
        }
      }
    }
    return all;
  }

  private void read(
      Segment segment, String channel, Map<Long, StoredRecord> all, List<String> unreadable)
      throws IOException {
    lock.lock();
    try {
      Run run = segment.run(channel);
      var spot = new Spot();
      for (int i = 0; run != null && i < run.size(); i++) {
        run.spot(i, spot);
        assertThat(spot.offset).isGreaterThan(segment.base()).isLessThanOrEqualTo(segment.last());
        try {
          var same = all.put(spot.offset, segment.read(spot.position, channel, spot.offset));
          assertThat(same).as("offset %d twice", spot.offset).isNull();
        } catch (DamagedException e) {
          unreadable.add(channel + "@" + spot.offset + ": " + e.getMessage());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// What is read must be what was written.
  void checkSame(Map<Long, StoredRecord> found) {
    found.forEach(
        (at, record) -> {
          StoredRecord original = held.getOrDefault(at, refused.get(at));
          assertThat(original).as("a record that nobody wrote at %d", at).isNotNull();
          checkSame(Objects.requireNonNull(original), record);
        });
  }

  static void checkSame(StoredRecord expected, StoredRecord found) {
    Publication was = Objects.requireNonNull(expected.publication());
    Publication is = Objects.requireNonNull(found.publication());
    assertThat(is.data()).isEqualTo(was.data());
    assertThat(is.channel()).isEqualTo(was.channel());
    assertThat(is.time()).isEqualTo(was.time());
    assertThat(found.idempotencyKey()).isEqualTo(expected.idempotencyKey());
    assertThat(found.print()).isEqualTo(expected.print());
    assertThat(found.seq()).isEqualTo(expected.seq());
    assertThat(found.prev()).isEqualTo(expected.prev());
  }

  /// After a start: what is there is what is held from now on.
  void adopt(Map<Long, StoredRecord> found) {
    Map<Long, StoredRecord> known = new TreeMap<>(refused);
    known.putAll(held);
    held.clear();
    refused.clear();
    tails.clear();
    found
        .keySet()
        .forEach(
            at -> {
              StoredRecord record = Objects.requireNonNull(known.get(at));
              held.put(at, record);
              tails.put(record.channel(), record);
            });
  }
}
