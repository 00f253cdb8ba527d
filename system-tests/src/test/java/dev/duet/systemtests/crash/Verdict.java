package dev.duet.systemtests.crash;

import static dev.duet.systemtests.crash.Broken.Rule.ANSWERS;
import static dev.duet.systemtests.crash.Broken.Rule.CHANGED;
import static dev.duet.systemtests.crash.Broken.Rule.INVENTED;
import static dev.duet.systemtests.crash.Broken.Rule.LOG_ID;
import static dev.duet.systemtests.crash.Broken.Rule.LOST;
import static dev.duet.systemtests.crash.Broken.Rule.ORDER;
import static dev.duet.systemtests.crash.Broken.Rule.TWICE;
import static dev.duet.systemtests.crash.Broken.Rule.UNANSWERED;
import static dev.duet.systemtests.crash.Broken.Rule.UNEXPECTED;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// Whether what the clients saw is what was promised, through any number of kills: what was
/// acknowledged is there, once, in its place and order, and whoever followed has it once and in
/// order, or was told of a gap that is true.
final class Verdict {
  private final Story story;
  private final Map<String, NavigableMap<Long, Publication>> truth = new HashMap<>();
  private final Map<String, String> logs = new HashMap<>();
  private final Map<Body.Name, Publication> byName = new HashMap<>();
  private final Map<Body.Name, Long> offsets = new HashMap<>();
  private final List<Broken> broken = new ArrayList<>();
  private int duplicates;
  private int certain;
  private int uncertain;
  private int missed;

  /// What is left to say.
  ///
  /// @param broken empty if all is right
  /// @param duplicates answers that told of a first try
  /// @param certain gaps that are certain
  /// @param uncertain gaps that are not, all of channels that may have been forgotten
  /// @param missed publications that gaps account for, of all readers
  record Summary(List<Broken> broken, int duplicates, int certain, int uncertain, int missed) {}

  private Verdict(Story story) {
    this.story = story;
  }

  static Summary of(Story story) {
    return new Verdict(story).judge();
  }

  private Summary judge() {
    story.unexpected().forEach(each -> wrong(UNEXPECTED, each));
    story.publications().forEach(each -> byName.put(each.name(), each));
    answers();
    log();
    unanswered();
    publishersOrder();
    story
        .readers()
        .forEach(
            (name, seen) -> {
              var reader = new ReaderVerdict(name, story, truth, logs, broken);
              reader.judge(seen);
              certain += reader.certain();
              uncertain += reader.uncertain();
              missed += reader.missed();
            });
    return new Summary(List.copyOf(broken), duplicates, certain, uncertain, missed);
  }

  private void wrong(Broken.Rule rule, String what) {
    broken.add(new Broken(rule, what));
  }

  // ---- what publishers were told

  private void answers() {
    Set<Body.Name> first = new HashSet<>();
    Map<String, Map<Long, Publication>> places = new HashMap<>();
    for (Story.Answer answer : story.answers()) {
      Publication to = answer.to();
      duplicates += answer.duplicate() ? 1 : 0;
      if (!answer.duplicate() && !first.add(to.name())) {
        wrong(ANSWERS, to + " was twice told to be new, the second time at " + answer.offset());
      }
      Long before = offsets.putIfAbsent(to.name(), answer.offset());
      if (before != null && before != answer.offset()) {
        wrong(ANSWERS, to + " was told to be at " + before + ", then at " + answer.offset());
        continue;
      }
      String log = logs.putIfAbsent(to.channel(), answer.log());
      if (log != null && !log.equals(answer.log())) {
        wrong(LOG_ID, to + " was in log " + answer.log() + ", others of its channel in " + log);
      }
      Publication other =
          places.computeIfAbsent(answer.log(), id -> new HashMap<>()).put(answer.offset(), to);
      if (other != null && !other.name().equals(to.name())) {
        wrong(ANSWERS, to + " was told the offset " + answer.offset() + " of " + other);
      }
      truth(to.channel()).put(answer.offset(), to);
    }
  }

  private NavigableMap<Long, Publication> truth(String channel) {
    return truth.computeIfAbsent(channel, any -> new TreeMap<>());
  }

  private void unanswered() {
    for (Publication each : story.publications()) {
      if (!offsets.containsKey(each.name())) {
        wrong(UNANSWERED, each + " was never answered");
      }
    }
  }

  private void publishersOrder() {
    truth.forEach(
        (channel, publications) -> {
          Map<Integer, Publication> last = new HashMap<>();
          publications.forEach(
              (offset, each) -> {
                Publication before = last.put(each.name().publisher(), each);
                boolean overtaken = before != null && before.name().number() > each.name().number();
                if (overtaken && !story.refused().contains(each.name())) {
                  wrong(ORDER, each + " is at " + offset + ", after " + before);
                }
              });
        });
  }

  // ---- what the log has at the end

  private void log() {
    Map<String, NavigableMap<Long, Seen.Got>> held = new HashMap<>();
    Map<String, Long> last = new HashMap<>();
    Map<Body.Name, Long> seen = new HashMap<>();
    for (Seen.Got got : story.log()) {
      Long before = last.put(got.channel(), got.offset());
      Long same = got.name() == null ? null : seen.putIfAbsent(got.name(), got.offset());
      if (same != null) {
        wrong(TWICE, "the log has " + got + ", and at " + same);
      } else if (before != null && before >= got.offset()) {
        wrong(ORDER, "the log has " + got + " after " + before);
      }
      held.computeIfAbsent(got.channel(), any -> new TreeMap<>()).put(got.offset(), got);
      place(got);
    }
    story.channels().keySet().forEach(each -> held(each, held.getOrDefault(each, new TreeMap<>())));
    story.logGaps().stream()
        .filter(gap -> !betweenPages(gap))
        .filter(gap -> !story.isTornEnd(gap, truth(gap.channel())))
        .forEach(gap -> wrong(Broken.Rule.FALSE_GAP, "the log from its start: " + gap));
  }

  /// Whether a page of the log may tell this: what was there when the page before was read is gone.
  private boolean betweenPages(Seen.Gap gap) {
    Keeps keeps = story.channels().get(gap.channel());
    return switch (keeps.what()) {
      case ALL, LATEST, COUNT -> false;
      case AGE ->
          (gap.reason().equals("retention") || gap.reason().equals("forgotten"))
              && truth(gap.channel()).subMap(gap.from(), false, gap.to(), true).values().stream()
                  .allMatch(each -> gap.nanos() - each.sentNanos() >= keeps.ageNanos());
    };
  }

  /// Whether it is what was published, where it was told to be.
  private void place(Seen.Got got) {
    Publication published = truth(got.channel()).get(got.offset());
    if (published == null) {
      Publication meant = got.name() == null ? null : byName.get(got.name());
      Long told = got.name() == null ? null : offsets.get(got.name());
      if (meant == null || !meant.channel().equals(got.channel())) {
        wrong(INVENTED, "the log has " + got + ", which nobody published there");
      } else if (told != null) {
        wrong(CHANGED, "the log has " + got + ", told was " + told);
      } else {
        truth(got.channel()).put(got.offset(), meant);
        published = meant;
      }
    }
    if (published != null) {
      String difference = difference(published, got);
      if (!difference.isEmpty()) {
        wrong(CHANGED, "the log has " + got + ", published was " + difference);
      }
    }
  }

  /// What was published, if `got` is not that; else "".
  static String difference(Publication published, Seen.Got got) {
    boolean same =
        published.tombstone()
            ? got.tombstone()
            : published.name().equals(got.name()) && published.print().equals(got.print());
    return same && published.key().equals(got.key())
        ? ""
        : published + " " + published.print() + ", not key '" + got.key() + "' " + got.print();
  }

  private void held(String channel, NavigableMap<Long, Seen.Got> held) {
    NavigableMap<Long, Publication> all = truth(channel);
    Keeps keeps = story.channels().get(channel);
    Set<Long> must = new HashSet<>();
    Set<Long> may = new HashSet<>();
    switch (keeps.what()) {
      case ALL -> must.addAll(all.keySet());
      case COUNT -> all.descendingKeySet().stream().limit(keeps.count()).forEach(must::add);
      case AGE -> {
        may.addAll(all.keySet());
        if (!held.isEmpty()) {
          must.addAll(all.tailMap(held.firstKey()).keySet());
          story.logGaps().stream()
              .filter(gap -> gap.channel().equals(channel) && betweenPages(gap))
              .forEach(gap -> must.removeIf(gap::covers));
        }
      }
      case LATEST -> {
        Map<String, Long> state = new HashMap<>();
        all.forEach((offset, each) -> state.put(each.key(), offset));
        state.values().forEach(at -> (all.get(at).tombstone() ? may : must).add(at));
      }
    }
    for (long offset : must) {
      if (!held.containsKey(offset)) {
        wrong(LOST, all.get(offset) + " at " + offset + " is not in the log");
      }
    }
    held.forEach(
        (offset, got) -> {
          if (all.containsKey(offset) && !must.contains(offset) && !may.contains(offset)) {
            wrong(INVENTED, "the log still has " + got + ", which should have gone");
          }
        });
  }
}
