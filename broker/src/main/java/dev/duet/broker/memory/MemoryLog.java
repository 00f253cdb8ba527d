package dev.duet.broker.memory;

import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.NotCommittedException;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.commit.Append;
import dev.duet.broker.commit.Conditions;
import dev.duet.broker.commit.Holes;
import dev.duet.broker.commit.IdempotencyWindow;
import dev.duet.broker.commit.Pending;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A log in memory. Any thread; one lock, held for one append, one page or one bounded sweep.
///
/// An append gets its offset and waits in [Pending] until it is committed; [Commits] says when. A
/// commit, under the lock: the publication enters the [Index], the [Retainer] lets go what is too
/// much, the followers are told, the position moves. The answers to the publishers are given when
/// the lock is released, so that what they run next holds nobody up.
final class MemoryLog implements Log {
  private final ReentrantLock lock = new ReentrantLock();
  private final String name;
  private volatile LogIds ids;
  private final MemorySettings settings;
  private final Commits commits;
  private final AgeClock clock;
  private final Index index;
  private final Holes holes = new Holes();
  private final Pending<Append> pending = new Pending<>();
  private final IdempotencyWindow window;
  private final Conditions conditions;
  private final Retainer retainer;
  private final Reader reader;
  private final Starts starts;
  private final List<Follower> followers = new CopyOnWriteArrayList<>();
  private List<Runnable> answers = new ArrayList<>();
  private long last;
  private volatile long position;
  private boolean committing;
  private boolean closed;

  MemoryLog(String name, LogIds ids, MemorySettings settings, Commits commits) {
    this.name = name;
    this.ids = ids;
    this.settings = settings;
    this.commits = commits;
    this.clock = new AgeClock(settings.wall(), settings.ticker());
    this.index = new Index(settings.namespaces());
    this.window = new IdempotencyWindow(settings.keyWindow().toNanos(), settings.maxKeys());
    this.conditions =
        new Conditions(
            window,
            pending,
            settings.maxPendingCount(),
            settings.maxPendingBytes(),
            settings.ticker());
    this.retainer = new Retainer(index, pending, clock, this::appendTombstone, settings.maxBytes());
    var horizons = new Horizons(index, holes);
    this.reader = new Reader(index, holes, horizons);
    this.starts = new Starts(index, horizons, clock);
    this.last = clock.micros();
    this.position = last;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public LogIds ids() {
    return ids;
  }

  @Override
  public Durability durability() {
    return Durability.MEMORY;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public CompletionStage<Long> tail() {
    return CompletableFuture.completedStage(position);
  }

  /// Takes a new id; what was announced under the present one is sure up to `end`.
  void renamed(String id, long end) {
    locked(
        () -> {
          ids = ids.renewed(id, end, false);
          return null;
        });
  }

  @Override
  public CompletionStage<Receipt> append(String channel, Draft draft) {
    long print = draft.idempotencyKey() == null ? 0 : IdempotencyWindow.print(draft);
    return locked(
        () -> {
          CompletableFuture<Receipt> refused = refuse(channel, draft, print);
          return refused == null ? enqueue(channel, draft, print) : refused;
        });
  }

  /// Answers a draft that is not to be appended.
  private @Nullable CompletableFuture<Receipt> refuse(String channel, Draft draft, long print) {
    if (closed) {
      return done(new Receipt.Failed(false, "the log is closed"));
    }
    return conditions.refuse(channel, draft, print, index.committed(channel, draft));
  }

  private CompletableFuture<Receipt> enqueue(String channel, Draft draft, long print) {
    long offset = clock.stamp(last);
    if (offset > Cursor.MAX_OFFSET) {
      return done(new Receipt.Failed(false, "the log has no more offsets"));
    }
    last = offset;
    ChannelState state = index.get(channel);
    String canonical = state == null ? channel : state.name;
    IdempotencyWindow.Entry use = null;
    if (draft.idempotencyKey() != null) {
      long tick = settings.ticker().getAsLong();
      use = new IdempotencyWindow.Entry(canonical, draft.idempotencyKey(), print, offset, tick);
    }
    var publication = new Publication(canonical, offset, clock.time(), draft);
    var append = new Append(publication, use, 0);
    if (use != null) {
      use.awaits(append);
      window.add(use);
    }
    pending.add(append);
    commits.appended(this);
    return append.answer();
  }

  private void appendTombstone(Publication victim) {
    last = clock.stamp(last);
    Draft draft = Draft.tombstone(victim.key());
    var publication = new Publication(victim.channel(), last, clock.time(), draft);
    pending.add(new Append(publication, null, victim.weight()));
  }

  /// Commits the oldest `most` of what waits, and announces them.
  void commit(int most) {
    commit(most, true);
  }

  /// @param announced false: followers hear only that they missed it
  void commit(int most, boolean announced) {
    locked(
        () -> {
          if (!committing) {
            committing = true;
            try {
              commitLocked(most, announced);
            } finally {
              committing = false;
            }
          }
          return null;
        });
  }

  private void commitLocked(int most, boolean announced) {
    var batch = new ArrayList<Publication>(1);
    Append append;
    while (batch.size() < most && (append = pending.poll()) != null) {
      Publication publication = append.publication();
      batch.add(publication);
      if (append.use() != null) {
        append.use().committed();
      }
      if (!index.familyOf(publication.channel()).keeps(Mode.NONE)) {
        retainer.committed(index.add(publication));
      }
      CompletableFuture<Receipt> answer = append.answer();
      answers.add(() -> answer.complete(new Receipt.Appended(publication.offset(), false)));
    }
    if (batch.isEmpty()) {
      return;
    }
    List<Publication> announcement = List.copyOf(batch);
    long to = batch.getLast().offset();
    try {
      for (Follower follower : followers) {
        if (announced) {
          follower.advanced(announcement, to);
        } else {
          follower.lost(position, to);
        }
      }
    } finally {
      position = to;
    }
  }

  /// Fails everything that waits.
  void fail(boolean full, String why) {
    locked(
        () -> {
          for (Append append : pending.after(0)) {
            if (append.use() != null) {
              window.remove(append.use());
            }
            CompletableFuture<Receipt> answer = append.answer();
            answers.add(() -> answer.complete(new Receipt.Failed(full, why)));
          }
          pending.keep(0);
          return null;
        });
  }

  /// Lets go what is too old, a bounded amount; whether more is due.
  boolean tick() {
    return locked(
        () -> {
          boolean more = retainer.sweep(settings.sweep());
          more |= window.expire(settings.ticker().getAsLong(), settings.sweep());
          commitOwn();
          return more;
        });
  }

  @Override
  public CompletionStage<ChannelInfo> trim(String channel, long before) {
    return locked(
        () -> {
          ChannelState state = index.get(channel);
          if (!index.familyOf(channel).keeps(Mode.NONE)) {
            followers.forEach(one -> one.trimmed(channel, Math.min(before, position)));
          }
          if (state == null) {
            return done(index.info(channel));
          }
          Pending.Tentative<Append> ending = pending.of(channel);
          if (state instanceof KeyedState && ending != null && ending.end() != null) {
            return ending.end().answer().thenCompose(receipt -> trim(channel, before));
          }
          long upTo = Math.min(before, position);
          retainer.trim(state, upTo);
          Append awaited = awaited(state, upTo);
          commitOwn();
          return awaited == null
              ? done(index.info(channel))
              : awaited.answer().thenCompose(receipt -> trimmed(channel, receipt));
        });
  }

  /// The last append under way of a channel of which a key is still held up to an offset: one of
  /// these takes its place, or its tombstone does.
  private @Nullable Append awaited(ChannelState state, long upTo) {
    Pending.Tentative<Append> tentative = pending.of(state.name);
    return state instanceof KeyedState
            && tentative != null
            && state.held(0, upTo).stream().anyMatch(one -> !one.deleted())
        ? tentative.last()
        : null;
  }

  private CompletableFuture<ChannelInfo> trimmed(String channel, Receipt awaited) {
    return awaited instanceof Receipt.Failed failed
        ? CompletableFuture.failedFuture(new NotCommittedException(failed))
        : locked(() -> done(index.info(channel)));
  }

  private void commitOwn() {
    if (!pending.isEmpty()) {
      commits.appended(this);
    }
  }

  @Override
  public CompletionStage<Page> read(ReadRequest request) {
    return locked(() -> done(reader.read(request, position)));
  }

  @Override
  public CompletionStage<List<Span>> starts(List<String> channels, Start start, long asOf) {
    return locked(
        () -> done(channels.stream().map(channel -> starts.span(channel, start, asOf)).toList()));
  }

  @Override
  public CompletionStage<ChannelInfo> info(String channel) {
    return locked(() -> done(index.info(channel)));
  }

  @Override
  public Held held() {
    return locked(() -> new Held(index.size(), index.bytes(), settings.maxBytes(), pending.size()));
  }

  /// Everything is announced, watched or not, to whoever follows.
  @Override
  public CompletionStage<Watch> watch(String channel) {
    return locked(
        () -> {
          ChannelState state = index.get(channel);
          return done(new Watch(0, state == null ? 0 : state.endedAt()));
        });
  }

  @Override
  public void unwatch(String channel) {}

  @Override
  public Following follow(Follower follower) {
    return locked(
        () -> {
          followers.add(follower);
          return new Following(position, () -> unfollow(follower));
        });
  }

  private void unfollow(Follower follower) {
    locked(() -> followers.remove(follower));
  }

  /// Marks `(from, to]` as unreadable: what it held is gone, and nobody knows of which channels.
  void damage(long from, long to) {
    locked(
        () -> {
          index.damage(from, to);
          holes.add(from, to);
          return null;
        });
  }

  /// How many appends wait for their commit.
  int pending() {
    return locked(pending::size);
  }

  /// Channels that hold something.
  int channels() {
    return locked(index::size);
  }

  void close() {
    locked(
        () -> {
          closed = true;
          followers.clear();
          return null;
        });
    fail(false, "the log is closed");
  }

  private static <T> CompletableFuture<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }

  /// Runs under the lock, and gives the answers that are due when the outermost holder leaves it.
  private <T extends @Nullable Object> T locked(Supplier<T> work) {
    List<Runnable> due = List.of();
    lock.lock();
    try {
      return work.get();
    } finally {
      if (lock.getHoldCount() == 1 && !answers.isEmpty()) {
        due = answers;
        answers = new ArrayList<>();
      }
      lock.unlock();
      due.forEach(Runnable::run);
    }
  }
}
