package dev.duet.systemtests.crash;

import static dev.duet.systemtests.crash.Broken.Rule.CHANGED;
import static dev.duet.systemtests.crash.Broken.Rule.FALSE_GAP;
import static dev.duet.systemtests.crash.Broken.Rule.INVENTED;
import static dev.duet.systemtests.crash.Broken.Rule.LOG_ID;
import static dev.duet.systemtests.crash.Broken.Rule.ORDER;
import static dev.duet.systemtests.crash.Broken.Rule.TWICE;
import static dev.duet.systemtests.crash.Broken.Rule.UNTOLD;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// The part of the [Verdict] that is about one reader.
final class ReaderVerdict {
  private static final Set<String> OTHER_LOG = Set.of("log-changed", "unknown-log");

  private final String reader;
  private final Story story;
  private final Map<String, NavigableMap<Long, Publication>> truth;
  private final Map<String, String> logs;
  private final List<Broken> broken;
  private final Map<String, Progress> progress = new HashMap<>();
  private final Map<String, Seen.Got> lastOfLog = new HashMap<>();
  private boolean replays;
  private int certain;
  private int uncertain;
  private int missed;

  /// How far it has come in a channel.
  private static final class Progress {
    private final Set<Long> got = new HashSet<>();
    private final List<Seen.Gap> told = new ArrayList<>();
    private final List<Seen.Got> unknown = new ArrayList<>();
    private long reached;

    /// The whole state comes again: all that is the latest of its key must be in it.
    void forget() {
      got.clear();
      told.clear();
      reached = 0;
    }
  }

  ReaderVerdict(
      String reader,
      Story story,
      Map<String, NavigableMap<Long, Publication>> truth,
      Map<String, String> logs,
      List<Broken> broken) {
    this.reader = reader;
    this.story = story;
    this.truth = truth;
    this.logs = logs;
    this.broken = broken;
  }

  int certain() {
    return certain;
  }

  int uncertain() {
    return uncertain;
  }

  /// Publications that its gaps account for.
  int missed() {
    return missed;
  }

  void judge(List<Seen> all) {
    for (Seen seen : all) {
      if (!story.followed().getOrDefault(reader, List.of()).contains(seen.channel())) {
        wrong(INVENTED, "it did not ask for " + seen);
        continue;
      }
      Progress at = progress.computeIfAbsent(seen.channel(), any -> new Progress());
      switch (seen) {
        case Seen.Gap gap -> gap(gap, at);
        case Seen.Got got -> got(got, at);
      }
    }
    for (Progress at : progress.values()) {
      at.unknown.forEach(
          got -> wrong(INVENTED, "it got " + got + ", where nobody published anything"));
    }
    for (String channel : story.followed().getOrDefault(reader, List.of())) {
      account(
          channel, progress.computeIfAbsent(channel, any -> new Progress()), Long.MAX_VALUE, "");
    }
  }

  private void wrong(Broken.Rule rule, String what) {
    broken.add(new Broken(rule, "reader " + reader + ": " + what));
  }

  private NavigableMap<Long, Publication> truth(String channel) {
    return truth.getOrDefault(channel, new TreeMap<>());
  }

  // ---- publications

  private void got(Seen.Got got, Progress at) {
    Publication published = truth(got.channel()).get(got.offset());
    if (published == null) {
      at.unknown.add(got);
      return;
    }
    String difference = Verdict.difference(published, got);
    if (!difference.isEmpty()) {
      wrong(CHANGED, "it got " + got + ", published was " + difference);
    }
    String log = logs.getOrDefault(got.channel(), "");
    // While a state comes again the cursor stays where it was.
    if (!got.log().contains(log) && !(replays && got.log().isEmpty())) {
      wrong(
          got.log().isEmpty() ? CHANGED : LOG_ID,
          "the cursor of " + got + " has its offset in log '" + got.log() + "', not in " + log);
    }
    for (Seen.Gap gap : at.told) {
      if (gap.covers(got.offset())) {
        wrong(FALSE_GAP, "it got " + got + " after it was told that it would not: " + gap);
      }
    }
    if (!at.got.add(got.offset())) {
      wrong(TWICE, "it got twice " + got);
      return;
    }
    boolean again = replays && story.channels().get(got.channel()).what() == Keeps.What.LATEST;
    Seen.Got before = again ? null : lastOfLog.put(log, got);
    if (before != null && before.offset() > got.offset()) {
      wrong(ORDER, "it got " + got + " after " + before);
    }
    if (got.offset() > at.reached) {
      account(got.channel(), at, got.offset(), " before " + got);
      at.reached = got.offset();
    }
  }

  /// Everything of a channel after what it has reached, and before `offset`, is accounted for.
  private void account(String channel, Progress at, long offset, String when) {
    Keeps.What what = story.channels().get(channel).what();
    NavigableMap<Long, Publication> all = truth(channel);
    Map<String, Long> state = new HashMap<>();
    if (what == Keeps.What.LATEST) {
      all.forEach((place, each) -> state.put(each.key(), place));
    }
    all.subMap(at.reached, false, offset, false)
        .forEach(
            (place, each) -> {
              if (at.told.stream().anyMatch(gap -> gap.covers(place))) {
                missed++;
              } else if (what != Keeps.What.LATEST || state.get(each.key()).equals(place)) {
                wrong(UNTOLD, "it missed " + each + " at " + place + when + ", told: " + at.told);
              }
            });
  }

  // ---- gaps

  private void gap(Seen.Gap gap, Progress at) {
    at.told.add(gap);
    if (gap.certain()) {
      certain++;
    } else {
      uncertain++;
    }
    if (gap.reason().equals(Seen.Gap.TAKEN_BACK)) {
      replays = true;
      lastOfLog.clear();
      at.unknown.clear();
      at.forget();
      if (!gap.state()) {
        at.told.add(gap);
      }
      return;
    }
    if (story.isTornEnd(gap, truth(gap.channel()))) {
      if (gap.state()) {
        replays = true;
        at.forget();
      }
      return;
    }
    Keeps keeps = story.channels().get(gap.channel());
    String why =
        switch (keeps.what()) {
          case ALL, LATEST -> "nothing of it was let go";
          case COUNT ->
              !gap.reason().equals("retention") || !gap.certain()
                  ? "only its count lets it go, and it is never forgotten"
                  : empty(gap, at);
          case AGE ->
              !gap.reason().equals("retention") && !gap.reason().equals("forgotten")
                  ? "only age lets it go"
                  : gap.certain() ? empty(gap, at) : tooYoung(gap, keeps);
        };
    if (!why.isEmpty()) {
      wrong(OTHER_LOG.contains(gap.reason()) ? LOG_ID : FALSE_GAP, why + ": " + gap);
    }
  }

  /// Why a gap that is certain is not true, or "".
  private String empty(Seen.Gap gap, Progress at) {
    NavigableMap<Long, Publication> all = truth(gap.channel());
    Set<Long> inside = all.subMap(gap.from(), false, gap.to(), true).keySet();
    if (inside.isEmpty()) {
      return "nothing was published there";
    }
    for (long offset : inside) {
      if (at.got.contains(offset)) {
        return "it has " + all.get(offset) + " at " + offset;
      }
    }
    Keeps keeps = story.channels().get(gap.channel());
    if (keeps.what() == Keeps.What.COUNT && all.tailMap(gap.to(), false).size() < keeps.count()) {
      return "the last " + keeps.count() + " never began after its end";
    }
    return tooYoung(gap, keeps);
  }

  private String tooYoung(Seen.Gap gap, Keeps keeps) {
    return truth(gap.channel()).subMap(gap.from(), false, gap.to(), true).entrySet().stream()
        .filter(each -> gap.nanos() - each.getValue().sentNanos() < keeps.ageNanos())
        .filter(each -> keeps.what() == Keeps.What.AGE)
        .findFirst()
        .map(each -> each + " was too young to go")
        .orElse("");
  }
}
