package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Bench;
import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.Span;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// What publishers and readers were told of logs on disk, and what must therefore be there: made
/// without any of the log's own code.
final class CrashWitness {
  private static final long MAX_AGE = 100_000;
  private static final long WINDOW = 110_000;

  private final List<String> channels;
  private final ManualClocks clocks;
  private final Map<String, Integer> counts;
  private final Map<String, TreeMap<Long, Told>> told = new HashMap<>();

  /// Offsets that were told, also under an id that ended before them.
  private final Map<String, TreeSet<Long>> ever = new HashMap<>();

  private final Map<String, Long> trims = new HashMap<>();
  private final Map<String, Long> syncedTrims = new HashMap<>();
  private final Map<String, Set<Long>> doubtfulTrims = new HashMap<>();

  /// What was refused, and must not come back.
  private final Set<String> never = new HashSet<>();

  /// What was refused since its log could be written last: the disk may not have taken it that this
  /// is not in the log.
  private final Map<Durability, Set<String>> undecided = new HashMap<>();

  /// What was announced, and damage took: readers must be told.
  private final Map<String, TreeMap<Long, Told>> missing = new HashMap<>();

  /// Where the id before this one ended, of logs that have a new one.
  private final Map<Durability, Long> ends = new HashMap<>();

  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, Long> begins = new HashMap<>();
  private final List<Sent> sent = new ArrayList<>();

  /// When something was sent to a channel, milliseconds, that was not acknowledged: it may be in
  /// the log all the same, and go by retention before anybody hears of it.
  private final Map<String, Set<Long>> unsure = new HashMap<>();

  private final Map<Durability, LogIds> ids = new HashMap<>();
  private final Map<Durability, Long> synced = new HashMap<>();
  private final Map<Durability, Long> announced = new HashMap<>();
  private final Map<Durability, Long> heard = new HashMap<>();
  private final List<Cursor> cursors = new ArrayList<>();
  private int few = 5;
  private int bound = few;

  /// Retention is a function: what nobody was told of, because it was over the bound, may be held
  /// when the bound is wider.
  private boolean widened;

  private final Set<Durability> withoutManifest = new HashSet<>();
  private boolean suspect;

  /// How the process before this one ended, whatever else befell its files.
  private End how = End.FIRST;

  /// Logs whose files were damaged after a process that did not stop cleanly: a wrong record at the
  /// end looks like one that was not finished.
  private final Set<Durability> tailsCut = new HashSet<>();

  private final Set<Durability> damagedNow = new HashSet<>();

  /// Bytes were turned over: from then on only what is read must be right, and what is missing
  /// told.
  private boolean damaged;

  /// An index was turned over: it is made anew, and nothing is lost.
  private boolean wrongIndexes;

  /// An index could not be made anew.
  private boolean notMended;

  private LateDiskBroker broker;

  /// How a process ended.
  enum End {
    FIRST,
    CLEAN,
    KILL,
    POWER,
    DAMAGE
  }

  /// What was announced.
  ///
  /// @param at the wall clock when it was published, milliseconds
  private record Told(Publication publication, Draft draft, long at) {}

  private record Place(Durability durability, Mode mode) {}

  private record Sent(
      String channel,
      Durability durability,
      Draft draft,
      long at,
      CompletableFuture<Receipt> answer) {}

  /// A reader as a client keeps it.
  private static final class Cursor {
    final String channel;
    Durability durability;
    String id;
    long after;

    Cursor(String channel, Log log) {
      this.channel = channel;
      this.durability = log.durability();
      this.id = log.ids().current();
    }
  }

  CrashWitness(List<String> channels, ManualClocks clocks, Map<String, Integer> counts) {
    this.channels = channels;
    this.clocks = clocks;
    this.counts = counts;
    channels.forEach(channel -> told.put(channel, new TreeMap<>()));
  }

  private TreeMap<Long, Told> of(String channel) {
    return Objects.requireNonNull(told.get(channel));
  }

  private void put(Publication one, Draft draft) {
    of(one.channel()).put(one.offset(), new Told(one, draft, one.time()));
    ever.computeIfAbsent(one.channel(), channel -> new TreeSet<>()).add(one.offset());
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  // ---- what is told

  void sent(String channel, Draft draft, CompletableFuture<Receipt> answer) {
    sent.add(new Sent(channel, log(channel).durability(), draft, clocks.millis(), answer));
    sort();
  }

  private static @Nullable String id(Draft draft) {
    return draft.deleted()
        ? null
        : new String(draft.data(), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static @Nullable String id(Publication publication) {
    return publication.deleted()
        ? null
        : new String(publication.data(), java.nio.charset.StandardCharsets.UTF_8);
  }

  /// Looks at the answers that have come.
  private void sort() {
    sent.removeIf(
        one -> {
          if (!one.answer.isDone()) {
            return false;
          }
          String id = id(one.draft);
          if (one.answer.join() instanceof Receipt.Failed) {
            isUnsure(one);
          }
          if (one.answer.join() instanceof Receipt.Appended appended) {
            assertThat(of(one.channel))
                .as("acknowledged, so announced")
                .containsKey(appended.offset());
          } else if (id != null && one.answer.join() instanceof Receipt.Failed) {
            undecided(one.durability).add(id);
          } else if (id != null) {
            never.add(id);
          }
          return true;
        });
  }

  private void isUnsure(Sent one) {
    unsure.computeIfAbsent(one.channel, channel -> new HashSet<>()).add(one.at);
  }

  private Set<String> undecided(Durability durability) {
    return undecided.computeIfAbsent(durability, key -> new HashSet<>());
  }

  /// After each step: what was refused by a log that can be written again is not in it.
  void look() {
    sort();
    for (Log log : broker.logs()) {
      if (((DiskLog) log).store().failing() == null) {
        never.addAll(undecided(log.durability()));
        undecided(log.durability()).clear();
      }
    }
  }

  void answered() {
    sort();
    assertThat(sent).as("a clean stop answers").allMatch(one -> one.answer.isDone());
  }

  /// Of a channel or key, what a publisher would take for the last offset.
  long current(String channel, @Nullable String key) {
    long last = 0;
    for (Told one : of(channel).values()) {
      if (key == null || key.equals(one.publication.key())) {
        last = one.publication.offset();
      }
    }
    return last;
  }

  long someOffset(String channel, Random random) {
    List<Long> offsets = new ArrayList<>(of(channel).keySet());
    return offsets.isEmpty() ? 0 : offsets.get(random.nextInt(offsets.size()));
  }

  void trimmed(String channel, long before, CompletableFuture<?> done) {
    doubtfulTrims.computeIfAbsent(channel, name -> new HashSet<>()).add(before);
    done.thenRun(() -> trims.merge(channel, before, Math::max));
  }

  /// Everything that was announced at `os` until now was synced, if the log says so.
  void synced() {
    for (Log log : broker.logs()) {
      var store = ((DiskLog) log).store();
      if (store.unsynced() == 0 && store.failing() == null) {
        synced.put(log.durability(), heard.getOrDefault(log.durability(), 0L));
        for (String channel : channels) {
          if (log(channel) == log && trims.containsKey(channel)) {
            syncedTrims.put(channel, trims.get(channel));
          }
        }
      }
    }
  }

  /// A sync fails: until it is mended a log `os` that is killed has a new id.
  void suspect() {
    suspect = true;
  }

  /// A bit of a file was turned over. The manifest alone knew when channels moved, and the holes:
  /// what they had before may come back.
  void damaged(Durability durability, String file) {
    if (file.endsWith(".index")) {
      wrongIndexes = true;
      return;
    }
    damaged = true;
    damagedNow.add(durability);
    if (file.equals("manifest")) {
      withoutManifest.add(durability);
      places.forEach(
          (channel, place) -> {
            if (place.durability == durability) {
              missing.remove(channel);
            }
          });
    }
  }

  void limits(int fewest) {
    widened |= fewest > bound;
    bound = fewest;
    few = Math.min(few, fewest);
  }

  // ---- a start

  /// A process begins that will not live.
  void opening() {}

  void opened(LateDiskBroker now, End ended) {
    sort();
    how = ended;
    if (how != End.CLEAN) {
      tailsCut.addAll(damagedNow);
    }
    damagedNow.clear();
    End end = damaged ? End.DAMAGE : how;
    broker = now;
    sent.forEach(this::isUnsure);
    sent.clear();
    for (Log log : now.logs()) {
      LogIds before = ids.put(log.durability(), log.ids());
      if (before != null) {
        checkIds(log, before, end);
        forget(log, before);
      }
    }
    for (String channel : channels) {
      settle(channel, end);
    }
    if (end == End.POWER || suspect) {
      heard.put(Durability.OS, 0L);
      for (String channel : channels) {
        if (log(channel).durability() == Durability.OS && !of(channel).isEmpty()) {
          heard.merge(Durability.OS, of(channel).lastKey(), Math::max);
        }
      }
    }
    for (Log log : now.logs()) {
      log.follow(new Ear(log.durability()));
    }
    for (String channel : channels) {
      check(channel, end);
    }
    undecided.values().forEach(never::addAll);
    undecided.clear();
    askAgain(end);
    follow();
  }

  private void checkIds(Log log, LogIds before, End end) {
    boolean same = log.ids().current().equals(before.current());
    boolean mayDiffer =
        end == End.DAMAGE || (log.durability() == Durability.OS && (end == End.POWER || suspect));
    if (!mayDiffer) {
      assertThat(log.ids().current())
          .as("%s after %s", log.name(), end)
          .isEqualTo(before.current());
      assertThat(log.ids().past().stream().map(LogIds.Past::id))
          .containsAll(before.past().stream().map(LogIds.Past::id).toList());
    }
    if (end == End.POWER && log.durability() == Durability.OS && !same) {
      long sure = log.ids().endOf(before.current());
      assertThat(sure)
          .as("the old id ends after all that was synced")
          .isGreaterThanOrEqualTo(synced.getOrDefault(Durability.OS, 0L));
    }
    if (end != End.DAMAGE && same) {
      assertThat(log.position())
          .isGreaterThanOrEqualTo(announced.getOrDefault(log.durability(), 0L));
    }
    if (!same) {
      announced.put(log.durability(), log.position());
      synced.remove(log.durability());
      heard.remove(log.durability());
    }
    if (end == End.CLEAN || end == End.KILL || log.durability() == Durability.DISK) {
      return;
    }
    count(same ? "id kept" : "id new");
  }

  /// Under a new id nobody is told of what lay beyond the end of the one before.
  private void forget(Log log, LogIds before) {
    if (!log.ids().current().equals(before.current())) {
      long sure = log.ids().endOf(before.current());
      missing.forEach(
          (channel, lost) -> {
            if (log(channel) == log) {
              lost.tailMap(sure, false).clear();
            }
          });
      ends.put(log.durability(), sure);
    } else {
      ends.remove(log.durability());
    }
  }

  /// The last record that is there, of all channels of a log.
  private long lastThere(Log log) {
    long last = 0;
    for (String channel : channels) {
      if (log(channel) == log) {
        for (Item item : page(channel, 0, 0).items()) {
          last = item instanceof Publication one ? Math.max(last, one.offset()) : last;
        }
      }
    }
    return last;
  }

  private Log log(String channel) {
    return broker.logs().get(broker.logOf(channel));
  }

  private Mode mode(String channel) {
    return Objects.requireNonNull(broker.namespaces().of(channel)).retention().mode();
  }

  /// What may be lost is forgotten, what is there of what nobody was told of is told now.
  private void settle(String channel, End end) {
    Log log = log(channel);
    var place = new Place(log.durability(), mode(channel));
    Place before = places.put(channel, place);
    if (before != null && !before.equals(place)) {
      of(channel).clear();
      trims.remove(channel);
      syncedTrims.remove(channel);
      doubtfulTrims.remove(channel);
      missing.remove(channel);
      begins.put(channel, log.position());
      count("moved");
    }
    Map<Long, Publication> there = new TreeMap<>();
    for (Item item : page(channel, 0, 0).items()) {
      if (item instanceof Publication one) {
        assertThat(there.put(one.offset(), one)).as("twice").isNull();
      }
    }
    boolean gone = log.durability() == Durability.OS && (how == End.POWER || suspect);
    if (end == End.DAMAGE) {
      lose(channel, there.keySet());
    } else if (gone) {
      long sure = synced.getOrDefault(log.durability(), 0L);
      of(channel).keySet().removeIf(offset -> offset > sure && !there.containsKey(offset));
    }
    if (gone) {
      trims.put(channel, syncedTrims.getOrDefault(channel, 0L));
    }
    for (Publication one : there.values()) {
      if (!of(channel).containsKey(one.offset())) {
        boolean old =
            one.offset() <= begins.getOrDefault(channel, 0L)
                || !of(channel).isEmpty() && of(channel).lastKey() >= one.offset();
        if (old && withoutManifest.contains(log.durability())) {
          count("back without the manifest");
        } else if (old && widened && channel.contains("few")) {
          count("held again, more is kept");
        } else {
          assertThat(old)
              .as("%s comes back, or was never told of but later ones were", one)
              .isFalse();
        }
        count("not told, but there");
        put(one, Draft.text(""));
      }
    }
  }

  /// What damage took, or what was not synced before it: whoever did not have it is told, but of
  /// what lay beyond the end of an id, and of what looks like a write that was not finished.
  private void lose(String channel, Set<Long> there) {
    Log log = log(channel);
    long sure = ends.getOrDefault(log.durability(), Long.MAX_VALUE);
    if (tailsCut.contains(log.durability()) && how != End.CLEAN) {
      sure = Math.min(sure, lastThere(log));
    }
    var lost = new TreeMap<>(of(channel));
    lost.keySet().removeAll(there);
    of(channel).keySet().retainAll(there);
    missing
        .computeIfAbsent(channel, key -> new TreeMap<>())
        .putAll(lost.headMap(sure == Long.MAX_VALUE ? sure : sure + 1));
  }

  private final class Ear implements Follower {
    private final Durability durability;

    Ear(Durability durability) {
      this.durability = durability;
    }

    @Override
    public void advanced(List<Publication> publications, long upTo) {
      for (Publication one : publications) {
        long last = announced.getOrDefault(durability, 0L);
        assertThat(one.offset()).isGreaterThan(last);
        announced.put(durability, one.offset());
        heard.put(durability, one.offset());
        Draft draft =
            sent.stream()
                .filter(sent -> sent.channel.equals(one.channel()))
                .map(Sent::draft)
                .filter(sent -> id(sent) != null && id(sent).equals(id(one)))
                .findFirst()
                .orElse(Draft.text(""));
        put(one, draft);
      }
    }

    @Override
    public void lost(long from, long to) {
      throw new AssertionError("lost " + from + " to " + to);
    }
  }

  // ---- what must be there

  private Page page(String channel, long after, long toldTo) {
    Log log = log(channel);
    var request =
        ReadRequest.forwards(
            List.of(new Span(channel, after, toldTo)), log.position(), Bench.ALL, Bench.ALL);
    for (int tries = 0; ; tries++) {
      try {
        return log.read(request).toCompletableFuture().join();
      } catch (CompletionException e) {
        // An index that is wrong is made anew in the background.
        if (!wrongIndexes && !damaged || tries == 20) {
          throw e;
        }
        compact(log);
      }
    }
  }

  private void compact(Log log) {
    try {
      broker.compact(broker.logs().indexOf(log));
      notMended = ((DiskLog) log).store().failing() != null;
    } catch (IOException e) {
      notMended = true;
      count("compaction failed");
    }
  }

  /// Whether damage may have taken what was written when something was trimmed.
  private boolean mayReturn(Log log) {
    return damaged
        && (withoutManifest.contains(log.durability())
            || tailsCut.contains(log.durability())
            || !broker.holes(broker.logs().indexOf(log)).isEmpty());
  }

  /// Whether what was refused, and is not in a log that can be written again, may be there: what
  /// was cut off its file was not synced at `os`, and where it ends the manifest knew.
  private boolean mayBeThere(Log log) {
    return withoutManifest.contains(log.durability())
        || log.durability() == Durability.OS && how == End.POWER;
  }

  private void check(String channel, End end) {
    Page page = page(channel, 0, 0);
    Map<Long, Publication> there = new TreeMap<>();
    long last = 0;
    for (Item item : page.items()) {
      if (item instanceof Publication one) {
        assertThat(one.offset()).as("order of %s", channel).isGreaterThan(last);
        last = one.offset();
        there.put(one.offset(), one);
        Told known = of(channel).get(one.offset());
        assertThat(known).as("%s was never told of", one).isNotNull();
        assertThat(one).isEqualTo(known.publication);
        if (id(one) != null) {
          if (never.contains(id(one))) {
            count("refused, but there");
            assertThat(mayBeThere(log(channel))).as("%s was refused", one).isTrue();
          }
          if (undecided(log(channel).durability()).remove(id(one))) {
            count("undecided, and there");
          }
        }
        if (one.offset() <= trims.getOrDefault(channel, 0L) && !one.deleted()) {
          count("trimmed, but there");
          assertThat(mayReturn(log(channel)))
              .as("%s was trimmed at %s", one, trims.get(channel))
              .isTrue();
        }
      }
    }
    for (Publication one : wanted(channel)) {
      if (!there.containsKey(one.offset())) {
        throw new AssertionError(
            one + " is lost after " + end + ": " + page + ", told " + of(channel).keySet());
      }
    }
    if (mode(channel) == Mode.LATEST) {
      Map<String, Publication> latest = latest(channel);
      for (Publication one : there.values()) {
        assertThat(one).as("the latest of its key").isEqualTo(latest.get(key(one)));
      }
    }
  }

  /// Without a manifest nobody knows that a channel kept a history before.
  private String key(Publication one) {
    if (one.key() == null) {
      assertThat(withoutManifest)
          .as("%s has no key", one)
          .contains(log(one.channel()).durability());
      return "";
    }
    return one.key();
  }

  /// The same, with what is missing.
  private Map<String, Publication> everLatest(String channel) {
    var all = new TreeMap<>(of(channel));
    all.putAll(missing.getOrDefault(channel, new TreeMap<>()));
    Map<String, Publication> latest = new TreeMap<>();
    all.values().forEach(one -> latest.put(key(one.publication), one.publication));
    return latest;
  }

  private Map<String, Publication> latest(String channel) {
    Map<String, Publication> latest = new TreeMap<>();
    of(channel).values().forEach(one -> latest.put(key(one.publication), one.publication));
    return latest;
  }

  /// What must be held, whatever happened.
  private List<Publication> wanted(String channel) {
    long doubtful =
        doubtfulTrims.getOrDefault(channel, Set.of()).stream()
            .mapToLong(one -> one)
            .max()
            .orElse(0);
    long oldest = clocks.millis() - MAX_AGE + 5_000;
    List<Publication> wanted = new ArrayList<>();
    boolean keyed = mode(channel) == Mode.LATEST;
    List<Told> all = new ArrayList<>(of(channel).values());
    if (keyed && all.stream().anyMatch(one -> one.publication.end())) {
      return List.of();
    }
    for (int i = 0; i < all.size(); i++) {
      Told one = all.get(i);
      boolean counts =
          keyed
              ? !one.publication.deleted()
                  && one.publication.equals(latest(channel).get(key(one.publication)))
              : !channel.contains("few") || all.size() - i <= few;
      if (counts && one.publication.offset() > doubtful && one.at > oldest) {
        wanted.add(one.publication);
      }
    }
    return wanted;
  }

  /// Tries again what has an idempotency key.
  private void askAgain(End end) {
    if (end == End.DAMAGE) {
      return;
    }
    for (String channel : channels) {
      List<Told> all = new ArrayList<>(of(channel).values());
      for (Told one : all) {
        if (one.draft.idempotencyKey() != null && one.at > clocks.millis() - WINDOW) {
          var answer = log(channel).append(channel, one.draft).toCompletableFuture();
          assertThat(answer).as("%s of %s again", one.publication, one.draft).isDone();
          assertThat(answer.join())
              .as("%s again after %s", one.publication, end)
              .isEqualTo(new Receipt.Appended(one.publication.offset(), true));
          count("asked again");
        }
      }
    }
  }

  // ---- readers

  /// Readers that go on after a start.
  private void follow() {
    for (Cursor cursor : cursors) {
      Log log = log(cursor.channel);
      if (cursor.durability != log.durability()) {
        cursor.durability = log.durability();
        cursor.after = 0;
      } else if (!log.ids().current().equals(cursor.id)) {
        cursor.after = Math.min(cursor.after, Math.max(0, log.ids().endOf(cursor.id)));
      }
      cursor.id = log.ids().current();
      read(cursor);
    }
  }

  void read(Random random) {
    if (cursors.size() < 6) {
      String channel = channels.get(random.nextInt(channels.size()));
      cursors.add(new Cursor(channel, log(channel)));
    }
    notMended = false;
    try {
      read(cursors.get(random.nextInt(cursors.size())));
    } catch (CompletionException e) {
      if (!notMended) {
        throw e;
      }
      count("not read");
    }
  }

  private void read(Cursor cursor) {
    Page page = page(cursor.channel, cursor.after, cursor.after);
    Set<Long> got = new HashSet<>();
    List<Gap> gaps = new ArrayList<>();
    boolean whole = false;
    for (Item item : page.items()) {
      if (item instanceof Publication one) {
        assertThat(whole || one.offset() > cursor.after).as("%s comes again", one).isTrue();
        assertThat(got.add(one.offset())).isTrue();
      } else if (item instanceof Gap gap) {
        gaps.add(gap);
        whole |= gap.state();
      }
    }
    boolean state = whole;
    if (mode(cursor.channel) == Mode.HISTORY) {
      var all = new TreeSet<>(of(cursor.channel).tailMap(cursor.after, false).keySet());
      all.addAll(
          missing
              .getOrDefault(cursor.channel, new TreeMap<>())
              .tailMap(cursor.after, false)
              .keySet());
      for (long offset : all) {
        boolean told = got.contains(offset) || gaps.stream().anyMatch(gap -> gap.to() >= offset);
        assertThat(told)
            .as("%s of %s after %s: %s", offset, cursor.channel, cursor.after, page)
            .isTrue();
      }
    } else {
      for (Publication one : everLatest(cursor.channel).values()) {
        boolean told =
            got.contains(one.offset())
                || (!state && one.offset() <= cursor.after)
                || !gaps.isEmpty();
        assertThat(told).as("%s after %s: %s", one, cursor.after, page).isTrue();
      }
    }
    for (Gap gap : gaps) {
      boolean missing =
          ever
              .getOrDefault(cursor.channel, new TreeSet<>())
              .subSet(cursor.after, false, gap.to(), true)
              .stream()
              .anyMatch(offset -> !got.contains(offset));
      if (!missing && gap.reason() == Gap.Reason.RETENTION && mayTellOfUnsure(gap, cursor)) {
        count("gap of what was not acknowledged");
        continue;
      }
      count((missing ? "gap " : "empty gap ") + gap.reason() + (gap.certain() ? "" : "?"));
      if (!missing && gap.certain() && mode(cursor.channel) == Mode.HISTORY) {
        throw new AssertionError(gap + " tells of nothing: " + page);
      }
    }
    cursor.after = Math.max(cursor.after, page.completeTo());
  }

  /// An offset begins with the time at which it was sent.
  private boolean mayTellOfUnsure(Gap gap, Cursor cursor) {
    return unsure.getOrDefault(cursor.channel, Set.of()).stream()
        .anyMatch(at -> cursor.after < (at + 1) * 1_000 && at * 1_000 <= gap.to());
  }
}
