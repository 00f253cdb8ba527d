package dev.duet.app.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// What one subscriber has seen of its channel's sequence 1, 2, 3 …, exactly. As long as nothing is
/// missing it is one number.
final class Sequence {
  /// What a message is to its subscriber.
  enum Seen {
    /// The next one, or one beyond a hole.
    NEW,
    /// One that fills a hole: it came out of order.
    LATE,
    /// One that was there before.
    REPEAT
  }

  /// Holes kept apart. Of more, the oldest is lost for good.
  static final int MOST_HOLES = 4_096;

  private long last;
  private long first = 1;
  private boolean begun;
  private long givenUp;

  /// From the first missing of a hole to the last one of it.
  private @Nullable TreeMap<Long, Long> holes;

  /// @param fromOne whether it must see all from 1 on; else its first message is where it begins
  Sequence(boolean fromOne) {
    this.begun = fromOne;
  }

  Seen see(long number) {
    if (!begun) {
      begun = true;
      first = number;
      last = number - 1;
    }
    if (number == last + 1) {
      last = number;
      return Seen.NEW;
    }
    if (number > last) {
      missing(last + 1, number - 1);
      last = number;
      return Seen.NEW;
    }
    return fill(number) ? Seen.LATE : Seen.REPEAT;
  }

  private void missing(long from, long to) {
    if (holes == null) {
      holes = new TreeMap<>();
    }
    holes.put(from, to);
    if (holes.size() > MOST_HOLES) {
      Map.Entry<Long, Long> oldest = holes.pollFirstEntry();
      givenUp += oldest.getValue() - oldest.getKey() + 1;
    }
  }

  private boolean fill(long number) {
    Map.Entry<Long, Long> hole = holes == null ? null : holes.floorEntry(number);
    if (holes == null || hole == null || hole.getValue() < number) {
      return false;
    }
    holes.remove(hole.getKey());
    if (hole.getKey() < number) {
      holes.put(hole.getKey(), number - 1);
    }
    if (number < hole.getValue()) {
      holes.put(number + 1, hole.getValue());
    }
    return true;
  }

  /// The highest that it has seen; 0 if none.
  long last() {
    return begun ? last : 0;
  }

  /// How many of the channel's messages up to `end` it should have seen by now.
  long due(long end) {
    return begun ? Math.max(0, end - first + 1) : 0;
  }

  /// How many of the channel's messages up to `end` are missing, without those that are excused.
  long missing(long end, LongPredicate excused) {
    if (!begun) {
      return 0;
    }
    long missing = givenUp + notExcused(last + 1, end, excused);
    if (holes != null) {
      for (Map.Entry<Long, Long> hole : holes.entrySet()) {
        missing += notExcused(hole.getKey(), hole.getValue(), excused);
      }
    }
    return missing;
  }

  private static long notExcused(long from, long to, LongPredicate excused) {
    long count = 0;
    for (long number = from; number <= to; number++) {
      if (!excused.test(number)) {
        count++;
      }
    }
    return count;
  }
}
