package dev.duet.broker.disk;

import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Span;
import dev.duet.broker.StorageFigures;
import dev.duet.broker.StorageFigures.State;
import dev.duet.broker.commit.Conditions;
import dev.duet.broker.commit.IdempotencyWindow;
import dev.duet.broker.commit.Pending;
import dev.duet.broker.disk.store.Failing;
import dev.duet.broker.disk.store.Meter;
import dev.duet.broker.disk.store.Store;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A log on disk: the law of [Log] over a [Store]. Any thread.
///
/// This class decides about appends and gives them their numbers; [Committing] makes them durable
/// and tells the world; [Reading] answers questions. All three share the [LogCore]: the lock, the
/// clock, the states of channels.
final class DiskLog implements Log {
  /// Most records that one tick lets go: about a millisecond's work.
  private static final int SWEEP = 1_000;

  private final LogCore core;
  private final Durability durability;
  private final DiskSettings settings;
  private final Store store;
  private final Conditions conditions;
  private volatile @Nullable Commits commits;
  private volatile @Nullable Compactor compactor;
  private final LongAdder reads = new LongAdder();
  private final Committing committing;
  private final Reading reading;
  private final Trimming trimming;
  private final List<Follower> followers = new CopyOnWriteArrayList<>();
  private final Arrivals arrivals;

  DiskLog(Durability durability, DiskSettings settings, Store store, LogCore core) {
    this.durability = durability;
    this.settings = settings;
    this.store = store;
    this.core = core;
    this.conditions =
        new Conditions(
            core.window(),
            core.pending(),
            settings.maxPendingCount(),
            settings.maxPendingBytes(),
            core.clock()::tick);
    this.committing = new Committing(core, store, followers, this::appendTombstone, this::appended);
    this.reading = new Reading(core, store, committing);
    this.arrivals = new Arrivals(core, conditions, this::decide);
    this.trimming = new Trimming(core, reading, committing, this::appended);
  }

  /// Begins to commit what is appended.
  void start(Commits by) {
    commits = by;
  }

  /// Under the lock: something waits for its commit.
  private void appended() {
    Commits by = commits;
    if (by != null) {
      by.appended(this);
    }
  }

  @Override
  public String name() {
    return durability.text();
  }

  @Override
  public Durability durability() {
    return durability;
  }

  @Override
  public LogIds ids() {
    return store.ids();
  }

  @Override
  public long position() {
    return core.position();
  }

  @Override
  public CompletionStage<Long> tail() {
    return CompletableFuture.completedStage(core.position());
  }

  Committing committing() {
    return committing;
  }

  /// What gives room back.
  ///
  /// @param pace is told of bytes that were written, and may wait
  Compactor compactor(LongConsumer pace) {
    var made =
        new Compactor(core, store, reading, trimming, committing, settings, pace, this::appended);
    compactor = made;
    return made;
  }

  Store store() {
    return store;
  }

  LogCore core() {
    return core;
  }

  // ---- append

  @Override
  public CompletionStage<Receipt> append(String channel, Draft draft) {
    long print = draft.idempotencyKey() == null ? 0 : IdempotencyWindow.print(draft);
    return core.locked(
        () -> {
          ChannelState state = core.states().get(channel, core.clock().tick());
          return state == null
              ? arrivals.await(channel, draft, print)
              : decide(state, draft, print);
        });
  }

  private CompletableFuture<Receipt> decide(ChannelState state, Draft draft, long print) {
    CompletableFuture<Receipt> refused = refuse(state, draft, print);
    return refused == null ? enqueue(state, draft, print) : refused;
  }

  /// Answers a draft that is not to be appended.
  private @Nullable CompletableFuture<Receipt> refuse(ChannelState state, Draft draft, long print) {
    if (core.isClosed()) {
      return closedAnswer();
    }
    CompletableFuture<Receipt> refused =
        conditions.refuse(state.name(), draft, print, committed(state, draft));
    if (refused != null && durability == Durability.DISK && store.isUnsaved()) {
      return done(notSaved());
    }
    boolean noRoom = store.unsynced() > settings.maxUnsyncedBytes() || store.isBehind();
    return refused == null && noRoom ? Conditions.busy() : refused;
  }

  /// Instead of an answer that rests on what may not be on the disk.
  private Receipt notSaved() {
    Failing failing = store.failing();
    return failing == null
        ? new Receipt.Failed(false, "what was published before the start is not synced yet")
        : new Receipt.Failed(failing.full(), "the log cannot be written: " + failing.why());
  }

  private Conditions.Committed committed(ChannelState state, Draft draft) {
    long now = core.clock().age();
    long endedAt = state.endedAt(now);
    if (draft.ifMatch() == Draft.ANY) {
      return new Conditions.Committed(endedAt, false, 0);
    }
    if (draft.key() != null && state instanceof KeyedState keyed) {
      int slot = keyed.find(core.keyHash(draft.key()));
      return new Conditions.Committed(endedAt, true, slot < 0 ? 0 : keyed.offsetAt(slot));
    }
    return new Conditions.Committed(endedAt, false, state.isHeld(now) ? state.offset : 0);
  }

  private CompletableFuture<Receipt> enqueue(ChannelState state, Draft draft, long print) {
    long offset = core.stamp();
    if (offset > Cursor.MAX_OFFSET) {
      return done(new Receipt.Failed(false, "the log has no more offsets"));
    }
    String key = draft.idempotencyKey();
    IdempotencyWindow.Entry use =
        key == null
            ? null
            : new IdempotencyWindow.Entry(state.name(), key, print, offset, core.clock().tick());
    var publication = new Publication(state.name(), offset, core.clock().time(), draft);
    Entry entry = entry(state, publication, use, key, 0, 0);
    if (use == null) {
      add(entry);
    } else {
      add(entry, use);
    }
    appended();
    return entry.answer();
  }

  private void add(Entry entry, IdempotencyWindow.Entry use) {
    use.awaits(entry);
    try {
      core.window().add(use);
      add(entry);
    } catch (RuntimeException | Error e) {
      core.window().remove(use);
      throw e;
    }
  }

  /// Appends a tombstone for the key of `victim`, in the log's own name.
  private Entry appendTombstone(KeyedState state, Evictor.Victim victim) {
    Draft draft = Draft.tombstone(victim.key());
    long offset = core.stamp();
    var publication = new Publication(state.name(), offset, core.clock().time(), draft);
    Entry entry = entry(state, publication, null, null, victim.offset(), victim.weight());
    add(entry);
    return entry;
  }

  private Entry entry(
      ChannelState state,
      Publication publication,
      IdempotencyWindow.@Nullable Entry use,
      @Nullable String idempotencyKey,
      long victim,
      int relief) {
    Pending.Tentative<Entry> tentative = core.pending().of(state.name());
    long now = core.clock().age();
    int weight = publication.weight();
    Entry.Numbers numbers =
        tentative == null
            ? state.next(weight, now)
            : Entry.Numbers.after(tentative.last(), weight, state.keyed());
    long keyHash = state.keyed() ? core.keyHash(publication.key()) : 0;
    return new Entry(
        state, publication, use, idempotencyKey, numbers, now, victim, relief, keyHash);
  }

  private void add(Entry entry) {
    core.pending().add(entry);
    entry.state().pins++;
  }

  // ---- reading

  @Override
  public CompletionStage<Page> read(ReadRequest request) {
    reads.increment();
    return reading.read(request);
  }

  @Override
  public CompletionStage<List<Span>> starts(List<String> channels, Start start, long asOf) {
    return reading.starts(channels, start, asOf);
  }

  @Override
  public CompletionStage<ChannelInfo> info(String channel) {
    return reading.info(channel);
  }

  @Override
  public Held held() {
    return core.locked(
        () -> new Held(-1, store.bytes(), settings.maxBytes(), core.pending().size()));
  }

  /// What the store knows by now: its state, and what is not synced.
  @Override
  public StorageFigures storage() {
    Failing failing = store.failing();
    State state = failing == null ? State.WRITABLE : failing.full() ? State.FULL : State.FAILING;
    Meter meter = store.meter();
    Compactor giving = compactor;
    return new StorageFigures(
        state,
        store.segments(),
        store.unsynced(),
        meter.syncs(),
        meter.syncNanos(),
        meter.failures(),
        reading.damaged(),
        meter.rewritten(),
        reads.sum(),
        giving == null ? 0 : giving.unreadable(),
        store.manifest().holes().size());
  }

  /// Everything is announced, watched or not, to whoever follows. What keeps the latest per key
  /// stays loaded while it is watched, so that its followers learn of what expires.
  @Override
  public CompletionStage<Watch> watch(String channel) {
    return core.locked(
        () -> {
          core.watched(channel);
          return reading.withStates(
              List.of(channel),
              () -> done(new Watch(0, core.state(channel).endedAt(core.clock().age()))));
        });
  }

  @Override
  public void unwatch(String channel) {
    core.locked(
        () -> {
          core.unwatched(channel);
          return null;
        });
  }

  @Override
  public Following follow(Follower follower) {
    return core.locked(
        () -> {
          followers.add(follower);
          return new Following(core.position(), () -> unfollow(follower));
        });
  }

  private void unfollow(Follower follower) {
    core.locked(() -> followers.remove(follower));
  }

  // ---- letting go

  @Override
  public CompletionStage<ChannelInfo> trim(String channel, long before) {
    return trimming.trim(channel, before).thenCompose(done -> info(channel));
  }

  /// Lets go what is too old, a bounded amount; whether more is due.
  boolean tick() {
    return core.locked(
        () -> {
          boolean more = committing.sweep(SWEEP);
          if (!core.pending().isEmpty()) {
            appended();
          }
          return more;
        });
  }

  /// Ends what commits it, when that has done what it does now; fails what waits; syncs, and leaves
  /// the mark of a clean stop.
  void close() {
    Commits by = commits;
    if (by != null) {
      by.close();
    }
    core.locked(
        () -> {
          core.close();
          followers.clear();
          return null;
        });
    committing.end();
    store.close(core.clock().age());
  }

  private static CompletableFuture<Receipt> closedAnswer() {
    return done(new Receipt.Failed(false, "the log is closed"));
  }

  private static <T> CompletableFuture<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }
}
