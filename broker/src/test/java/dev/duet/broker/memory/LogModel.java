package dev.duet.broker.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Log.ChannelInfo;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// A log as plain lists, slow and obvious: what [MemoryLog] and the log on disk are compared with.
///
/// The log on disk differs in this: retention of a history acts on age without a tick; whether a
/// channel begins anew is decided when its first record is appended; a channel that is forgotten
/// keeps its own last offset as its horizon, and raises the floor of its namespace only when its
/// last record goes from the files; a history is trimmed after all that waits; tombstones that were
/// let go may be held again after its state was dropped, as long as they are in the files; a start
/// at a time in a channel that keeps the latest per key may be earlier.
public final class LogModel {
  private static final long WINDOW_MILLIS = 120_000;

  private final Namespaces namespaces;
  private final long[] floors;
  private final Map<String, Held> channels = new TreeMap<>();
  private final List<Entry> pending = new ArrayList<>();
  private final Map<String, Entry> uses = new HashMap<>();
  private final @Nullable ToLongFunction<String> diskFloors;
  private final Map<String, Long> lastOf = new HashMap<>();
  private final Map<String, List<Entry>> ghosts = new HashMap<>();
  private final List<Trim> trims = new ArrayList<>();
  private long position;
  private long now;

  /// Of a log in memory.
  public LogModel(Namespaces namespaces, long position) {
    this(namespaces, position, null);
  }

  /// Of a log on disk.
  ///
  /// @param diskFloors what it says is the floor of a channel's namespace; null for one in memory
  public LogModel(
      Namespaces namespaces, long position, @Nullable ToLongFunction<String> diskFloors) {
    this.namespaces = namespaces;
    this.floors = new long[namespaces.list().size()];
    this.position = position;
    this.diskFloors = diskFloors;
  }

  /// A trim of a history that waits.
  private record Trim(String channel, long upTo) {}

  /// An append, and what became of it.
  static final class Entry {
    final String channel;
    final Draft draft;
    final boolean own;
    final long since;
    boolean failed;
    boolean fresh;
    long firstHorizon;
    @Nullable Entry victim;
    @Nullable Publication publication;

    Entry(String channel, Draft draft, boolean own, long since) {
      this.channel = channel;
      this.draft = draft;
      this.own = own;
      this.since = since;
    }

    String key() {
      return draft.key() == null ? "" : draft.key();
    }

    long offset() {
      return Objects.requireNonNull(publication).offset();
    }

    int weight() {
      return Objects.requireNonNull(publication).weight();
    }
  }

  /// An answer that is due when `rests` is committed or failed, or at once if there is none.
  record Answer(@Nullable Entry rests, LongFunction<Receipt> receipt) {
    boolean isDue() {
      return rests == null || rests.failed || rests.publication != null;
    }

    boolean hasFailed() {
      return rests != null && rests.failed;
    }

    Receipt expected() {
      return receipt.apply(rests == null ? 0 : rests.offset());
    }
  }

  private static final class Held {
    final List<Entry> list = new ArrayList<>();
    long horizon;
    boolean certain;

    long bytes() {
      return list.stream().mapToLong(Entry::weight).sum();
    }

    long endedAt() {
      return list.getLast().draft.end() ? list.getLast().offset() : 0;
    }

    long tail() {
      return Math.max(horizon, list.getLast().offset());
    }
  }

  private Retention rule(String channel) {
    return Objects.requireNonNull(namespaces.of(channel)).retention();
  }

  private boolean keeps(String channel, Mode mode) {
    return rule(channel).mode() == mode;
  }

  private @Nullable Entry lastPending(String channel, @Nullable String key) {
    for (Entry entry : pending.reversed()) {
      if (entry.channel.equals(channel) && (key == null || entry.key().equals(key))) {
        return entry;
      }
    }
    return null;
  }

  private @Nullable Entry pendingEnd(String channel) {
    return pending.stream()
        .filter(entry -> entry.channel.equals(channel) && entry.draft.end())
        .findFirst()
        .orElse(null);
  }

  Answer append(String channel, Draft draft) {
    String useKey = channel + " " + draft.idempotencyKey();
    Entry use = draft.idempotencyKey() == null ? null : uses.get(useKey);
    if (use != null && (use.publication == null || now - use.since <= WINDOW_MILLIS)) {
      boolean same = same(use.draft, draft);
      return new Answer(use, o -> same ? new Receipt.Appended(o, true) : new Receipt.Conflict(o));
    }
    Entry end = pendingEnd(channel);
    Held held = channels.get(channel);
    if (end != null) {
      return new Answer(end, Receipt.Ended::new);
    }
    if (held != null && held.endedAt() > 0) {
      long at = held.endedAt();
      return new Answer(null, o -> new Receipt.Ended(at));
    }
    if (draft.ifMatch() != Draft.ANY) {
      String key = keeps(channel, Mode.LATEST) ? draft.key() : null;
      Entry last = lastPending(channel, key);
      if (last != null) {
        return new Answer(last, Receipt.Mismatch::new);
      }
      long current = current(channel, key);
      if (current != draft.ifMatch()) {
        return new Answer(null, o -> new Receipt.Mismatch(current));
      }
    }
    var entry = new Entry(channel, draft, false, now);
    if (lastPending(channel, null) == null && held == null) {
      entry.fresh = true;
      entry.firstHorizon = horizon(channel);
    }
    pending.add(entry);
    if (draft.idempotencyKey() != null) {
      uses.put(useKey, entry);
    }
    return new Answer(entry, o -> new Receipt.Appended(o, false));
  }

  /// The committed offset of a channel, or of a key of it.
  long current(String channel, @Nullable String key) {
    Held held = channels.get(channel);
    if (held == null) {
      return 0;
    }
    if (key == null) {
      return held.tail();
    }
    return held.list.stream().filter(e -> e.key().equals(key)).mapToLong(Entry::offset).sum();
  }

  private static boolean same(Draft a, Draft b) {
    return a.type() == b.type()
        && Arrays.equals(a.data(), b.data())
        && Objects.equals(a.event(), b.event())
        && Objects.equals(a.key(), b.key())
        && a.deleted() == b.deleted()
        && a.end() == b.end();
  }

  void fail() {
    trims.clear();
    pending.forEach(entry -> entry.failed = true);
    pending.clear();
    uses.values().removeIf(entry -> entry.failed);
  }

  /// Commits what a log announced.
  void commit(int most, List<Publication> announced) {
    int count = 0;
    boolean all = most >= pending.size();
    int due = diskFloors == null ? most : Math.min(most, pending.size());
    for (; count < due && !pending.isEmpty(); count++) {
      assertThat(announced).hasSizeGreaterThan(count);
      commit(next(announced.get(count)), announced.get(count));
    }
    assertThat(announced).hasSize(count);
    if (all) {
      for (Trim trim : List.copyOf(trims)) {
        dropUpTo(trim.channel, trim.upTo);
      }
      trims.clear();
    }
  }

  /// The first that waits. Tombstones of the log's own that are next to each other come in any
  /// order from the log on disk.
  private Entry next(Publication announced) {
    for (Entry entry : pending) {
      if (!entry.own || diskFloors == null) {
        break;
      }
      if (entry.channel.equals(announced.channel())
          && Objects.equals(entry.draft.key(), announced.key())) {
        pending.remove(entry);
        return entry;
      }
    }
    return pending.removeFirst();
  }

  private void dropUpTo(String channel, long upTo) {
    Held held = channels.get(channel);
    if (held != null) {
      held.list.stream()
          .filter(one -> one.offset() <= upTo)
          .toList()
          .forEach(one -> drop(channel, held, one));
    }
  }

  private void commit(Entry entry, Publication publication) {
    assertThat(publication.offset()).isGreaterThan(position);
    assertThat(publication.channel()).isEqualTo(entry.channel);
    assertThat(publication.data()).isEqualTo(entry.draft.data());
    assertThat(publication.key()).isEqualTo(entry.draft.key());
    assertThat(publication.deleted()).isEqualTo(entry.draft.deleted());
    assertThat(publication.end()).isEqualTo(entry.draft.end());
    position = publication.offset();
    entry.publication = publication;
    Retention rule = rule(entry.channel);
    if (rule.mode() == Mode.NONE) {
      return;
    }
    Held held =
        channels.computeIfAbsent(
            entry.channel,
            name -> {
              var fresh = new Held();
              fresh.horizon = diskFloors == null ? horizon(name) : lastOf.getOrDefault(name, 0L);
              fresh.certain = diskFloors != null;
              return fresh;
            });
    if (entry.fresh && diskFloors != null) {
      held.horizon = entry.firstHorizon;
      held.certain = false;
      ghosts.remove(entry.channel);
    }
    ghosts
        .getOrDefault(entry.channel, new ArrayList<>())
        .removeIf(one -> one.key().equals(entry.key()));
    if (rule.mode() == Mode.LATEST) {
      held.list.removeIf(one -> one.key().equals(entry.key()));
    }
    held.list.add(entry);
    if (diskFloors != null && rule.mode() == Mode.LATEST) {
      hold(entry.channel, held, 16);
      return;
    }
    bound(entry.channel, held, rule);
    while (!held.list.isEmpty()
        && isExpired(held.list.getFirst())
        && letGo(entry.channel, held, held.list.getFirst())) {}
  }

  private void bound(String channel, Held held, Retention rule) {
    while (held.list.size() > rule.maxCount()
        || (held.bytes() > rule.maxBytes() && held.list.size() > 1)) {
      boolean oldest = rule.mode() == Mode.HISTORY || held.endedAt() > 0;
      Entry victim = held.list.stream().filter(one -> one.draft.deleted()).findFirst().orElse(null);
      boolean isLast = victim == null || victim == held.list.getLast();
      if (oldest && (isLast || diskFloors == null || rule.mode() == Mode.HISTORY)) {
        victim = held.list.getFirst();
      }
      if (victim == null) {
        evictKeys(channel, held, rule);
        return;
      }
      drop(channel, held, victim);
    }
  }

  /// What the log on disk does with one that keeps the latest per key.
  private void hold(String channel, Held held, int budget) {
    bound(channel, held, rule(channel));
    int done = 0;
    for (Entry one : List.copyOf(held.list)) {
      if (done == budget || !isExpired(one)) {
        break;
      }
      if (one.draft.deleted() || held.endedAt() > 0 || !isVictim(one)) {
        done++;
        letGo(channel, held, one);
      }
    }
  }

  private boolean isVictim(Entry one) {
    return pending.stream().anyMatch(other -> other.victim == one);
  }

  private void markKeys(String channel, Held held, Retention rule) {
    List<Entry> marked = held.list.stream().filter(this::isVictim).toList();
    long count = (long) held.list.size() - rule.maxCount() - marked.size();
    long bytes = held.bytes() - rule.maxBytes();
    bytes -= marked.stream().mapToLong(Entry::weight).sum();
    for (Entry one : List.copyOf(held.list.subList(0, held.list.size() - 1))) {
      if ((count > 0 || bytes > 0) && !isVictim(one)) {
        count--;
        bytes -= one.weight();
        evict(channel, one);
      }
    }
  }

  private void evictKeys(String channel, Held held, Retention rule) {
    if (diskFloors != null) {
      markKeys(channel, held, rule);
      return;
    }
    long count = held.list.size() - rule.maxCount();
    long bytes = held.bytes() - rule.maxBytes();
    for (Entry entry : pending) {
      if (entry.channel.equals(channel) && entry.own) {
        count--;
        bytes -= weightWhenEvicted.get(entry);
      }
    }
    for (Entry one : held.list.subList(0, held.list.size() - 1)) {
      if ((count > 0 || bytes > 0) && evict(channel, one)) {
        count--;
        bytes -= one.weight();
      }
    }
  }

  private final Map<Entry, Integer> weightWhenEvicted = new HashMap<>();

  private boolean evict(String channel, Entry victim) {
    if (pendingEnd(channel) != null || lastPending(channel, victim.key()) != null) {
      return false;
    }
    var own = new Entry(channel, Draft.tombstone(victim.draft.key()), true, now);
    own.victim = victim;
    weightWhenEvicted.put(own, victim.weight());
    pending.add(own);
    return true;
  }

  private boolean letGo(String channel, Held held, Entry one) {
    if (keeps(channel, Mode.LATEST) && !one.draft.deleted() && held.endedAt() == 0) {
      evict(channel, one);
      return false;
    }
    drop(channel, held, one);
    return true;
  }

  private void drop(String channel, Held held, Entry one) {
    held.list.remove(one);
    held.horizon = Math.max(held.horizon, one.offset());
    held.certain = true;
    if (one.draft.deleted()) {
      ghosts.computeIfAbsent(channel, name -> new ArrayList<>()).add(one);
    }
    if (held.list.isEmpty()) {
      lastOf.put(channel, held.horizon);
      channels.remove(channel);
      int family = namespaces.indexOf(channel);
      floors[family] = Math.max(floors[family], held.horizon);
    }
  }

  private boolean isExpired(Entry one) {
    return now - one.since > rule(one.channel).maxAge().toMillis();
  }

  /// Time passes.
  void advance(long millis) {
    now += millis;
    if (diskFloors != null) {
      for (String channel : List.copyOf(channels.keySet())) {
        Held held = Objects.requireNonNull(channels.get(channel));
        if (keeps(channel, Mode.HISTORY)) {
          held.list.stream()
              .filter(this::isExpired)
              .toList()
              .forEach(one -> drop(channel, held, one));
        }
      }
    }
  }

  /// Milliseconds of the log's own clock.
  public long now() {
    return now;
  }

  /// The log was closed or killed, and opened again.
  ///
  /// @param its own clock
  /// @param upTo its position
  public void restarted(long its, long upTo) {
    fail();
    assertThat(upTo).isGreaterThanOrEqualTo(position);
    position = upTo;
    for (Held held : channels.values()) {
      held.list.forEach(one -> assertThat(its).isGreaterThanOrEqualTo(one.since));
    }
    advance(its - now);
  }

  /// The state of a channel that keeps the latest per key was dropped and loaded again: this is
  /// what a reader finds of it now.
  public void reloaded(String channel, Page page) {
    long horizon = 0;
    boolean certain = false;
    var found = new ArrayList<Publication>();
    for (Item item : page.items()) {
      if (item instanceof Gap gap) {
        horizon = gap.to();
        certain = gap.certain();
      } else {
        found.add((Publication) item);
      }
    }
    long before = horizon(channel);
    Held held = channels.getOrDefault(channel, new Held());
    long least = 0;
    for (Entry ghost : List.copyOf(ghosts.getOrDefault(channel, List.of()))) {
      if (found.contains(ghost.publication)) {
        held.list.add(ghost);
        ghosts.get(channel).remove(ghost);
      } else {
        least = Math.max(least, ghost.offset());
      }
    }
    held.list.sort(Comparator.comparingLong(Entry::offset));
    if (!held.list.isEmpty()) {
      channels.put(channel, held);
      held.horizon = 0;
      hold(channel, held, Integer.MAX_VALUE);
      least = Math.max(least, held.horizon);
      held.horizon = horizon;
      held.certain = certain;
      lastOf.computeIfPresent(channel, (name, last) -> Math.max(last, before));
    }
    assertThat(horizon).isBetween(least, Math.max(before, least));
    assertThat(held(channel, 0, Long.MAX_VALUE)).isEqualTo(found);
  }

  /// Whether the state of a channel cannot be dropped.
  public boolean isPinned(String channel) {
    return lastPending(channel, null) != null
        || trims.stream().anyMatch(trim -> trim.channel.equals(channel));
  }

  /// Whether a channel keeps the latest per key.
  public boolean isLatest(String channel) {
    return keeps(channel, Mode.LATEST);
  }

  void tick() {
    if (diskFloors != null) {
      for (String channel : List.copyOf(channels.keySet())) {
        if (keeps(channel, Mode.LATEST)) {
          hold(channel, Objects.requireNonNull(channels.get(channel)), Integer.MAX_VALUE);
        }
      }
      return;
    }
    for (int family = 0; family < floors.length; family++) {
      int index = family;
      var names =
          channels.entrySet().stream()
              .filter(entry -> namespaces.indexOf(entry.getKey()) == index)
              .sorted(Comparator.comparingLong(entry -> entry.getValue().list.getFirst().offset()))
              .map(Map.Entry::getKey)
              .toList();
      for (String name : names) {
        Held held = Objects.requireNonNull(channels.get(name));
        held.list.stream().filter(this::isExpired).toList().forEach(one -> letGo(name, held, one));
      }
    }
  }

  /// Whether something but tombstones of a channel is held up to an offset.
  boolean holds(String channel, long upTo) {
    Held held = channels.get(channel);
    return held != null
        && held.list.stream().anyMatch(one -> one.offset() <= upTo && !one.draft.deleted());
  }

  /// Whether a trim would have to wait.
  boolean isEnding(String channel) {
    return pendingEnd(channel) != null;
  }

  void trim(String channel, long before) {
    Held held = channels.get(channel);
    if (held == null) {
      return;
    }
    List<Entry> gone = held.list.stream().filter(one -> one.offset() <= before).toList();
    if (diskFloors == null || (keeps(channel, Mode.LATEST) && held.endedAt() == 0)) {
      gone.forEach(one -> letGo(channel, held, one));
    } else if (!gone.isEmpty()) {
      trims.add(new Trim(channel, gone.getLast().offset()));
    }
  }

  ChannelInfo info(String channel) {
    Held held = channels.get(channel);
    return held == null
        ? new ChannelInfo(channel, 0, 0, 0, 0, 0)
        : new ChannelInfo(
            channel, held.list.size(), held.bytes(), held.tail(), held.horizon, held.endedAt());
  }

  private long horizon(String channel) {
    Held held = channels.get(channel);
    if (held != null) {
      return held.horizon;
    }
    long floor = floors[namespaces.indexOf(channel)];
    if (diskFloors == null) {
      return floor;
    }
    long onDisk = diskFloors.applyAsLong(channel);
    assertThat(onDisk).isLessThanOrEqualTo(floor);
    return Math.max(onDisk, lastOf.getOrDefault(channel, 0L));
  }

  private List<Publication> held(String channel, long after, long upTo) {
    Held held = channels.get(channel);
    return held == null
        ? List.of()
        : held.list.stream()
            .map(one -> Objects.requireNonNull(one.publication))
            .filter(one -> one.offset() > after && one.offset() <= upTo)
            .toList();
  }

  Page read(ReadRequest request) {
    var items = new ArrayList<Item>();
    var publications = new ArrayList<Publication>();
    var ended = new ArrayList<String>();
    for (Span span : request.spans()) {
      boolean latest = keeps(span.channel(), Mode.LATEST);
      long horizon = horizon(span.channel());
      boolean gap = horizon > span.told() && !request.backwards();
      if (gap) {
        Held held = channels.get(span.channel());
        boolean certain = held != null && held.certain;
        var reason = certain ? Gap.Reason.RETENTION : Gap.Reason.FORGOTTEN;
        items.add(new Gap(span.channel(), span.after(), horizon, reason, certain, latest));
      }
      publications.addAll(held(span.channel(), gap && latest ? 0 : span.after(), request.upTo()));
    }
    publications.sort(Comparator.comparingLong(Publication::offset));
    List<Publication> order = request.backwards() ? publications.reversed() : publications;
    int count = 0;
    long bytes = 0;
    while (count < order.size()
        && (count == 0
            || (count < request.maxCount()
                && bytes + order.get(count).weight() <= request.maxBytes()))) {
      bytes += order.get(count++).weight();
    }
    boolean more = count < order.size();
    var taken = order.subList(0, count);
    long completeTo = request.upTo();
    if (request.backwards()) {
      taken = taken.reversed();
      completeTo =
          more
              ? taken.getFirst().offset() - 1
              : request.spans().stream().mapToLong(Span::after).min().orElse(request.upTo());
      completeTo = Math.min(completeTo, request.upTo());
    } else if (more) {
      completeTo = taken.getLast().offset();
    }
    items.addAll(taken);
    for (Span span : request.spans()) {
      long at = info(span.channel()).endedAt();
      if (at > 0 && at <= (request.backwards() ? request.upTo() : completeTo)) {
        ended.add(span.channel());
      }
    }
    return new Page(items, completeTo, more, ended);
  }

  /// Checks where a log says that a start is: in front of the right publication.
  void checkStart(Span span, Start start, long asOf) {
    String channel = span.channel();
    boolean latest = keeps(channel, Mode.LATEST);
    if (keeps(channel, Mode.NONE)
        || start instanceof Start.Now
        || (start instanceof Start.Default && !latest)) {
      assertThat(span).isEqualTo(Span.after(channel, asOf));
      return;
    }
    List<Publication> before = held(channel, 0, asOf);
    int first =
        switch (start) {
          case Start.Last last -> Math.max(0, before.size() - last.count());
          case Start.Since since -> {
            int i = 0;
            while (i < before.size() && before.get(i).time() < since.time()) {
              i++;
            }
            yield i;
          }
          default -> 0;
        };
    if (latest && diskFloors != null && start instanceof Start.Since) {
      // One that was overwritten, published when the clock was ahead, may begin it earlier.
      long next = first == before.size() ? asOf : before.get(first).offset() - 1;
      assertThat(span.after()).isLessThanOrEqualTo(next);
      assertThat(span.told()).isLessThanOrEqualTo(Math.max(asOf, next));
      return;
    }
    long horizon = Math.min(horizon(channel), asOf);
    if (channels.containsKey(channel) && first == before.size() && start instanceof Start.Since) {
      assertThat(span).isEqualTo(Span.after(channel, asOf));
    } else if (first == 0) {
      assertThat(span).isEqualTo(new Span(channel, latest ? 0 : horizon, horizon));
    } else {
      assertThat(span.after())
          .isBetween(before.get(first - 1).offset(), before.get(first).offset() - 1);
      assertThat(span.told()).isEqualTo(Math.max(span.after(), horizon));
    }
  }

  /// What is held of all channels, for people.
  @Override
  public String toString() {
    var names = new HashSet<>(channels.keySet());
    return names.stream().sorted().map(this::info).toList() + " pending " + pending.size();
  }
}
