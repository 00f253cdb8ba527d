package dev.duet.systemtests.clients;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/// Whether a client was told everything that was published after its start, once and in order, or
/// of a gap that accounts for what it was not. The only checker: it knows no transport.
final class Verdict {
  private static final Set<String> ANOTHER_LOG = Set.of("unknown-log", "log-changed");

  private final Journal journal;
  private final Truth truth;
  private final Map<Payload.Shape, Long> offsets = new HashMap<>();
  private final Map<String, Long> reached = new HashMap<>();
  private final Map<String, List<Seen.Gap>> told = new LinkedHashMap<>();
  private final Set<String> pastLogs = new HashSet<>();
  private String logId;
  private long last;
  private int messages;
  private int gaps;
  private int missed;

  /// What is left to say of a client that was served right.
  ///
  /// @param gaps how many it was told of
  /// @param missed publications that these account for
  record Summary(int messages, int gaps, int missed) {}

  private Verdict(Journal journal, Truth truth, String logId, long start) {
    this.journal = journal;
    this.truth = truth;
    this.logId = logId;
    this.last = start;
    if (journal.form() == Journal.Form.PAYLOAD) {
      truth.log(logId).forEach((offset, each) -> offsets.put(each.shape(), offset));
    }
  }

  /// @param logId the log in which it began
  /// @param start its offset there
  /// @throws AssertionError with the first thing that is wrong
  static Summary of(Journal journal, Truth truth, String logId, long start) {
    return new Verdict(journal, truth, logId, start).judge(start);
  }

  private Summary judge(long start) {
    reached.put("", start);
    for (Seen seen : journal.seen()) {
      switch (seen) {
        case Seen.Gap gap -> {
          told.computeIfAbsent(gap.channel(), channel -> new ArrayList<>()).add(gap);
          gaps++;
        }
        case Seen.Message message -> take(message);
        case Seen.Mark mark -> {
          if (mark.is().equals("gave-up") || mark.is().equals("refused")) {
            throw wrong(mark.toString());
          }
        }
      }
    }
    Set<String> channels = new HashSet<>();
    truth.log(logId).values().forEach(each -> channels.add(each.channel()));
    channels.forEach(channel -> account(channel, Long.MAX_VALUE));
    return new Summary(messages, gaps, missed);
  }

  private void take(Seen.Message message) {
    long offset = message.offset();
    if (journal.form() == Journal.Form.PAYLOAD) {
      offset = offsets.getOrDefault(message.shape(), -1L);
    } else if (!message.logId().equals(logId)) {
      changeLog(message);
    }
    Truth.Published published = truth.log(logId).get(offset);
    if (published == null) {
      throw wrong("it got what nobody published: " + message);
    }
    if (offset <= last) {
      throw wrong("after offset " + last + " it got " + message);
    }
    Payload.Shape shape =
        journal.form() == Journal.Form.EVENT ? published.shapeInLines() : published.shape();
    boolean named = journal.form() != Journal.Form.PAYLOAD;
    if (!message.shape().equals(shape)
        || (named && !message.event().equals(published.event()))
        || !(message.channel().isEmpty() || message.channel().equals(published.channel()))) {
      throw wrong("published was " + published + ", it got " + message);
    }
    account(published.channel(), offset);
    reached.put(published.channel(), offset);
    last = offset;
    messages++;
  }

  /// Everything of a channel between what it has reached and `offset` must have been told as a gap.
  private void account(String channel, long offset) {
    List<Seen.Gap> known = told.getOrDefault(channel, List.of());
    if (!pastLogs.isEmpty()
        && !reached.containsKey(channel)
        && known.stream().noneMatch(gap -> ANOTHER_LOG.contains(gap.reason()))) {
      throw wrong("it was not told that the log of " + channel + " is another one: " + known);
    }
    long from = reached.getOrDefault(channel, reached.getOrDefault("", 0L));
    NavigableMap<Long, Truth.Published> between =
        truth.log(logId).subMap(from, false, offset, false);
    between.forEach(
        (at, published) -> {
          if (published.channel().equals(channel)) {
            if (known.stream().noneMatch(gap -> gap.from() < at && at <= gap.to())) {
              throw wrong(
                  "it missed " + channel + " at " + at + " after " + from + ", told of " + known);
            }
            missed++;
          }
        });
    told.remove(channel);
  }

  private void changeLog(Seen.Message message) {
    pastLogs.add(logId);
    if (pastLogs.contains(message.logId())) {
      throw wrong("it went back to a log before: " + message);
    }
    logId = message.logId();
    last = 0;
    reached.clear();
    reached.put("", 0L);
  }

  private AssertionError wrong(String what) {
    return new AssertionError(journal.name() + ": " + what);
  }
}
