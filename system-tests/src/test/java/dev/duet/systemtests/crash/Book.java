package dev.duet.systemtests.crash;

import dev.duet.broker.Durability;
import dev.duet.protocol.Cursor;
import dev.duet.systemtests.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What all publishers have sent and were answered. Any thread.
final class Book {
  private final List<Publication> publications = new ArrayList<>();
  private final List<Story.Answer> answers = new ArrayList<>();
  private final List<String> unexpected = new ArrayList<>();
  private final Map<Body.Name, Publication> byName = new ConcurrentHashMap<>();
  private final Map<String, String> logs = new ConcurrentHashMap<>();
  private final Set<Body.Name> refused = ConcurrentHashMap.newKeySet();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger refusedForNow = new AtomicInteger();
  private final Function<String, Durability> durability;
  private final UnaryOperator<String> log;
  private final Predicate<String> gone;
  private volatile boolean anotherLog;

  /// @param durability what is published on a channel reaches it
  /// @param log of ids that are as good as each other always the same one
  /// @param gone whether who comes with an id may be told that it is not known
  Book(Function<String, Durability> durability, UnaryOperator<String> log, Predicate<String> gone) {
    this.durability = durability;
    this.log = log;
    this.gone = gone;
  }

  boolean isGone(String id) {
    return gone.test(id);
  }

  /// The ids of the logs that have this offset in a cursor.
  List<String> logsAt(String cursor, long offset) {
    return Cursor.parse(cursor).positions().stream()
        .filter(position -> position.offset() == offset)
        .map(position -> log.apply(position.logId()))
        .toList();
  }

  /// The offset that a cursor has for the log of a channel of which something was answered, or -1.
  long offsetIn(String cursor, String channel) {
    String wanted = logs.get(channel);
    return Cursor.parse(cursor).positions().stream()
        .filter(position -> log.apply(position.logId()).equals(wanted))
        .mapToLong(Cursor.Position::offset)
        .findFirst()
        .orElse(-1);
  }

  synchronized void sends(Publication publication) {
    publications.add(publication);
    byName.put(publication.name(), publication);
    underWay.incrementAndGet();
  }

  /// @param receipt with `offset`, `cursor` and `duplicate`
  void answered(Publication to, Json receipt) {
    long offset = receipt.number("offset");
    // Two logs may have the same offset: then it is that of the channel's others.
    List<String> ids = logsAt(receipt.text("cursor"), offset);
    String known = logs.get(to.channel());
    String id = ids.isEmpty() ? "" : known != null && ids.contains(known) ? known : ids.getFirst();
    boolean duplicate = receipt.text("duplicate").equals("true");
    String level = durability.apply(to.channel()).text();
    String reached = receipt.text("durability");
    String before = logs.putIfAbsent(to.channel(), id);
    anotherLog |= before != null && !before.equals(id);
    synchronized (this) {
      answers.add(new Story.Answer(to, id, offset, duplicate));
      if (!reached.equals(level)) {
        unexpected.add(to + " has reached " + reached);
      }
    }
    underWay.decrementAndGet();
  }

  synchronized void unexpected(String what) {
    unexpected.add(what);
  }

  /// An answer that says to try it again.
  void refusedForNow(Publication publication) {
    refused.add(publication.name());
    refusedForNow();
  }

  Set<Body.Name> refused() {
    return Set.copyOf(refused);
  }

  /// An answer that says to come back.
  void refusedForNow() {
    refusedForNow.incrementAndGet();
  }

  int refusals() {
    return refusedForNow.get();
  }

  /// Whether an answer named another log than one before it: nobody can know any more what to wait
  /// for.
  boolean sawAnotherLog() {
    return anotherLog;
  }

  @Nullable Publication publication(Body.Name name) {
    return byName.get(name);
  }

  int underWay() {
    return underWay.get();
  }

  synchronized List<Publication> publications() {
    return List.copyOf(publications);
  }

  synchronized List<Story.Answer> answers() {
    return List.copyOf(answers);
  }

  synchronized List<String> unexpected() {
    return List.copyOf(unexpected);
  }

  synchronized int acknowledged() {
    return answers.size();
  }
}
