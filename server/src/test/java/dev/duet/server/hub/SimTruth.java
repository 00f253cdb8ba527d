package dev.duet.server.hub;

import dev.duet.broker.Broker;
import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.Hole;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Everything that was committed, as the promises are checked against it: a list per channel.
final class SimTruth {
  private static final Pattern NUMBER = Pattern.compile("n=(\\d+);");

  private final Broker broker;
  private final Map<String, NavigableMap<Long, Publication>> channels = new HashMap<>();
  private final Map<Long, Publication> byNumber = new HashMap<>();

  private final List<Damage> damage = new ArrayList<>();

  /// Logs of which announcements were lost.
  private final Set<Integer> losses = new HashSet<>();

  /// What logs say that they lost.
  private final Set<Damage> holes = new HashSet<>();

  /// Channels of which something was asked to be forgotten.
  private final Set<String> trimmed = new HashSet<>();

  /// What logs say now that they lost.
  private IntFunction<List<Hole>> told = log -> List.of();

  private record Damage(int log, long from, long to) {
    boolean has(int which, long offset) {
      return log == which && offset > from && offset <= to;
    }
  }

  SimTruth(Broker broker) {
    this.broker = broker;
    follow();
  }

  /// Hears what the present logs announce.
  void follow() {
    for (int l = 0; l < broker.logs().size(); l++) {
      broker
          .logs()
          .get(l)
          .follow(
              new Follower() {
                @Override
                public void advanced(List<Publication> publications, long upTo) {
                  publications.forEach(SimTruth.this::add);
                }

                @Override
                public void lost(long from, long to) {}
              });
    }
  }

  void add(Publication publication) {
    channels
        .computeIfAbsent(publication.channel(), name -> new TreeMap<>())
        .put(publication.offset(), publication);
    Matcher number = NUMBER.matcher(new String(publication.data(), StandardCharsets.UTF_8));
    if (number.find()) {
      byNumber.put(Long.parseLong(number.group(1)), publication);
    }
  }

  /// Whether the log let the publication go by a tombstone of its own whose announcement was lost,
  /// so that nobody but the log knows.
  boolean deletedUnheard(Publication publication) {
    String channel = publication.channel();
    int log = broker.logOf(channel);
    var held = new ArrayList<Item>();
    broker
        .logs()
        .get(log)
        .read(
            ReadRequest.forwards(
                List.of(new Span(channel, 0, Long.MAX_VALUE)),
                broker.logs().get(log).position(),
                Integer.MAX_VALUE,
                Integer.MAX_VALUE))
        .thenAccept(page -> held.addAll(page.items()));
    return losses.contains(log)
        && held.stream()
            .noneMatch(one -> one instanceof Publication p && p.offset() == publication.offset());
  }

  /// Whether announcements of the channel's log were lost: it may have had tombstones of its own
  /// that nobody heard of.
  boolean missed(String channel) {
    return mode(channel) == Retention.Mode.LATEST && losses.contains(broker.logOf(channel));
  }

  /// Adds what a log holds after `offset`, announced or not.
  void readAfter(int log, long offset, List<String> names) {
    losses.add(log);
    List<Span> spans =
        names.stream()
            .filter(name -> broker.logOf(name) == log)
            .map(name -> Span.after(name, offset))
            .toList();
    Log one = broker.logs().get(log);
    one.read(ReadRequest.forwards(spans, one.position(), Integer.MAX_VALUE, Integer.MAX_VALUE))
        .thenAccept(
            page -> {
              for (Item item : page.items()) {
                if (item instanceof Publication publication) {
                  add(publication);
                }
              }
            });
  }

  /// What was committed to a channel, and what its log holds of it.
  String describe(String channel) {
    List<String> all = of(channel).values().stream().map(one -> one + " " + one.key()).toList();
    return "truth " + all + ", held " + held(channel);
  }

  /// What the channel's log holds of it now.
  String held(String channel) {
    Log log = broker.logs().get(broker.logOf(channel));
    var request =
        ReadRequest.forwards(
            List.of(new Span(channel, 0, Long.MAX_VALUE)), log.position(), 1_000, 1_000_000);
    var held = new ArrayList<String>();
    log.read(request).thenAccept(page -> page.items().forEach(item -> held.add(item.toString())));
    log.info(channel).thenAccept(info -> held.add(info.toString()));
    return held.toString();
  }

  /// A channel is asked to forget something, which may fail, and be done at the next start.
  void trimmed(String channel) {
    trimmed.add(channel);
  }

  /// Whether it was ever asked to.
  boolean isTrimmed(String channel) {
    return trimmed.contains(channel);
  }

  /// What a log held in `(from, to]` is gone.
  void damaged(int log, long from, long to) {
    damage.add(new Damage(log, from, to));
  }

  /// A log says that it lost `(from, to]`, after something may have happened to it.
  void hole(int log, long from, long to) {
    holes.add(new Damage(log, from, to));
  }

  /// Logs say at any time that they lost something.
  void holes(IntFunction<List<Hole>> ofLog) {
    told = ofLog;
  }

  /// Learns of what was damaged, and found while the log is in use.
  private void findHoles(int log) {
    for (Hole hole : told.apply(log)) {
      var found = new Damage(log, hole.from(), hole.to());
      if (damage.stream().anyMatch(one -> found.has(one.log, one.to))) {
        holes.add(found);
      }
    }
  }

  /// Whether what was at the offset may be gone: it was damaged itself, or its log knows a hole
  /// there in which something was.
  boolean lost(int log, long offset) {
    return damage.stream().anyMatch(one -> one.has(log, offset))
        || holes.stream()
            .anyMatch(
                hole ->
                    hole.has(log, offset)
                        && damage.stream().anyMatch(one -> hole.has(log, one.to)));
  }

  /// Whether a hole may be told: something in it is gone.
  boolean mayBeHole(String channel, long from, long to) {
    int log = broker.logOf(channel);
    findHoles(log);
    return Stream.concat(damage.stream(), holes.stream())
        .anyMatch(one -> one.log == log && one.from <= to && one.to >= from);
  }

  /// Whether a reader could be given the publication, and nothing ever happened to it.
  boolean isThere(Publication publication) {
    int log = broker.logOf(publication.channel());
    return Stream.concat(damage.stream(), holes.stream())
            .noneMatch(one -> one.has(log, publication.offset()))
        && read(broker.logs().get(log), publication.channel()).containsKey(publication.offset());
  }

  /// Whether the publication was in such a range.
  boolean damaged(Publication publication) {
    int log = broker.logOf(publication.channel());
    long offset = publication.offset();
    return lost(log, offset);
  }

  /// An append was acknowledged: it is committed, whether it was announced or not.
  void acknowledged(String channel, long offset, Draft draft) {
    if (!of(channel).containsKey(offset)) {
      add(new Publication(channel, offset, 0, draft));
    }
  }

  // ---- another process on the same disk

  /// Whether something was published, its log survives restarts, and nothing happened to it.
  boolean remembers(String channel, long offset) {
    int log = broker.logOf(channel);
    return mode(channel) != Retention.Mode.NONE
        && of(channel).containsKey(offset)
        && !lost(log, offset);
  }

  /// What a log holds of a channel.
  NavigableMap<Long, Publication> read(Log log, String channel) {
    var held = new TreeMap<Long, Publication>();
    var all =
        ReadRequest.forwards(
            List.of(new Span(channel, 0, Long.MAX_VALUE)),
            log.position(),
            Integer.MAX_VALUE,
            Integer.MAX_VALUE);
    log.read(all)
        .thenAccept(
            page -> {
              for (Item item : page.items()) {
                if (item instanceof Publication publication) {
                  held.put(publication.offset(), publication);
                }
              }
            })
        .toCompletableFuture()
        .join();
    return held;
  }

  /// A log was opened. All that it holds was committed, but for what was under way: the process
  /// ended before that could be said, or it was said to have failed.
  ///
  /// @param position what was announced ends there
  /// @return whether something is new
  boolean adopt(String channel, long position, NavigableMap<Long, Publication> held) {
    boolean isNew = false;
    for (Publication one : held.values()) {
      Publication known = of(channel).get(one.offset());
      boolean unheard = one.deleted() && missed(channel);
      if (known == null && (unheard || one.offset() > position)) {
        add(one);
        isNew = true;
      } else if (!same(known, one)) {
        throw new AssertionError("never committed: " + one + " in place of " + known);
      }
    }
    return isNew;
  }

  /// Whether a later publication of the same key is committed, and nothing happened to the last
  /// one: where that was damaged, any older one may be the last that is left.
  boolean soundlyOverwritten(Publication publication) {
    int log = broker.logOf(publication.channel());
    return of(publication.channel()).tailMap(publication.offset(), false).values().stream()
        .filter(later -> key(later).equals(key(publication)))
        .reduce((earlier, later) -> later)
        .filter(last -> !lost(log, last.offset()))
        .isPresent();
  }

  /// A power loss took what was not on the disk: that is not true any more.
  ///
  /// @param end what was said up to there is there
  /// @param after what the log holds
  /// @param horizon up to where it says that it may have had more
  void lost(String channel, long end, NavigableMap<Long, Publication> after, long horizon) {
    boolean latest = mode(channel) == Retention.Mode.LATEST;
    for (Publication one : List.copyOf(of(channel).tailMap(end, false).values())) {
      boolean gone = one.offset() > horizon && !after.containsKey(one.offset());
      if (latest ? isUndone(one, after, horizon) : gone) {
        forget(one);
        if (latest && lost(broker.logOf(channel), one.offset())) {
          forgetOverwritten(one, after);
        }
      }
    }
  }

  /// What was damaged had overwritten others, which the log need not have any more.
  private void forgetOverwritten(Publication damaged, NavigableMap<Long, Publication> after) {
    for (Publication one :
        List.copyOf(of(damaged.channel()).headMap(damaged.offset(), false).values())) {
      if (key(one).equals(key(damaged)) && !after.containsKey(one.offset())) {
        forget(one);
      }
    }
  }

  /// It is not true any more.
  void forget(Publication one) {
    of(one.channel()).remove(one.offset());
    byNumber.values().remove(one);
  }

  /// Up to where a log tells somebody who has nothing that there may have been more.
  long horizon(Log log, String channel) {
    var all =
        ReadRequest.forwards(
            List.of(Span.after(channel, 0)), log.position(), Integer.MAX_VALUE, Integer.MAX_VALUE);
    return log.read(all)
        .thenApply(page -> page.items().stream().findFirst().map(SimTruth::to).orElse(0L))
        .toCompletableFuture()
        .join();
  }

  private static long to(Item item) {
    return item instanceof Gap gap ? gap.to() : 0;
  }

  /// Whether the key's last record is older. A tombstone up to the horizon need not be held to be
  /// one.
  private static boolean isUndone(
      Publication one, NavigableMap<Long, Publication> after, long horizon) {
    for (Publication last : after.values()) {
      if (key(last).equals(key(one))) {
        return last.offset() < one.offset();
      }
    }
    return !one.deleted() || one.offset() > horizon;
  }

  NavigableMap<Long, Publication> of(String channel) {
    return channels.getOrDefault(channel, new TreeMap<>());
  }

  Publication numbered(long number) {
    return byNumber.get(number);
  }

  Retention.Mode mode(String channel) {
    return broker.namespaces().of(channel).retention().mode();
  }

  /// The offset that a cursor has for the channel's log, or -1.
  long offsetIn(Cursor cursor, String channel) {
    return broker.logs().get(broker.logOf(channel)).ids().offsetIn(cursor.positions());
  }

  /// What a cursor's position in the channel's log is worth.
  enum Standing {
    /// It names the log's present id, or one that is as good, or needs not.
    KNOWN,
    /// It names a past one.
    PAST,
    /// It names none.
    UNKNOWN
  }

  /// The offset that a cursor has for the channel's log under a past id.
  long pastOffset(Cursor cursor, String channel) {
    return broker.logs().get(broker.logOf(channel)).ids().past().stream()
        .mapToLong(one -> cursor.offsetIn(one.id()))
        .filter(offset -> offset >= 0)
        .findFirst()
        .orElse(-1);
  }

  Standing standing(Cursor cursor, String channel) {
    LogIds ids = broker.logs().get(broker.logOf(channel)).ids();
    if (ids.offsetIn(cursor.positions()) >= 0) {
      return Standing.KNOWN;
    }
    boolean past = ids.past().stream().anyMatch(one -> cursor.offsetIn(one.id()) >= 0);
    return past && cursor.origin() == null ? Standing.PAST : Standing.UNKNOWN;
  }

  /// Whether two are the same publication, wherever they were read.
  static boolean same(@Nullable Publication one, Publication other) {
    return one != null && one.offset() == other.offset() && Arrays.equals(one.data(), other.data());
  }

  /// Whether a later publication of the same key is committed.
  boolean overwritten(Publication publication) {
    for (Publication later :
        of(publication.channel()).tailMap(publication.offset(), false).values()) {
      if (key(later).equals(key(publication))) {
        return true;
      }
    }
    return false;
  }

  static String key(Publication publication) {
    return publication.key() == null ? "" : publication.key();
  }
}
