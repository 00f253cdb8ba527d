package dev.duet.broker.disk;

import dev.duet.broker.disk.store.SealedSegment;
import dev.duet.broker.disk.store.Segment;
import dev.duet.broker.disk.store.Spot;
import dev.duet.broker.disk.store.Store;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How much of each sealed segment a rewrite would let go, from its index. For one thread.
final class Estimates {
  /// Most channels of a segment that an estimate looks at.
  private static final int SAMPLE = 512;

  /// How long an estimate stands at least, milliseconds of the log's own clock; and how many times
  /// what it took.
  private static final long STANDS = 20_000;

  private static final long WORKS = 100;

  private final LogCore core;
  private final Store store;
  private final Reading reading;
  private final DiskSettings settings;
  private final Map<Long, Estimate> estimates = new HashMap<>();
  private final Map<Long, Base> bases = new HashMap<>();

  /// @param dead part of the segment that may go
  /// @param until when it is made again, by the log's own clock
  private record Estimate(double dead, long until) {}

  /// What a rewrite left of a segment that looks dead and is not (keys within their window, trims
  /// that still say something, what an estimate does not see).
  ///
  /// @param dead as an estimate has it
  /// @param again when it is worth one more try, by the log's own clock
  private record Base(double dead, long again) {}

  Estimates(LogCore core, Store store, Reading reading, DiskSettings settings) {
    this.core = core;
    this.store = store;
    this.reading = reading;
    this.settings = settings;
  }

  /// Of a sealed segment: 0 to 1. One that was made not long ago stands, unless the log is over its
  /// bound.
  ///
  /// @param evicted up to here the bound on the log would take history; 0 for none
  /// @throws IOException if its index, or that of another, cannot be read
  double of(List<Segment> segments, int place, long evicted) throws IOException {
    var segment = (SealedSegment) segments.get(place);
    long now = core.clock().age();
    Estimate known = estimates.get(segment.number());
    if (known != null && now < known.until && store.bytes() <= settings.maxBytes()) {
      return known.dead;
    }
    double dead = look(segments, place, segment, evicted);
    long after = core.clock().age();
    Base base = bases.get(segment.number());
    if (base != null && after < base.again) {
      dead = Math.max(0, dead - base.dead);
    }
    long stands = Math.max(STANDS, WORKS * (after - now));
    if (evicted == 0) {
      estimates.put(segment.number(), new Estimate(dead, after + stands));
    }
    return dead;
  }

  /// The next one of it is made anew.
  void forget(Segment segment) {
    estimates.remove(segment.number());
  }

  /// Forgets all of other segments.
  void retain(Collection<Long> numbers) {
    estimates.keySet().retainAll(numbers);
    bases.keySet().retainAll(numbers);
  }

  private double look(List<Segment> segments, int place, SealedSegment segment, long evicted)
      throws IOException {
    int each = Math.max(1, segment.channels() / SAMPLE);
    long staying = 0;
    int looked = 0;
    var spot = new Spot();
    try (var verdicts = new Verdicts(core, reading, segments, place, place + 1, evicted, 0)) {
      SealedSegment.Entries entries = segment.entries();
      for (int i = 0; entries.next(); i++) {
        if (i % each == 0) {
          looked++;
          if (entries.run().size() > 0) {
            staying += verdicts.of(entries.channel()).staying(entries.run(), spot);
          }
        }
      }
    }
    double all = looked == 0 ? 0 : (double) staying * segment.channels() / looked;
    return Math.max(0, 1 - all / Math.max(1, segment.end()));
  }

  /// Whether a rewrite made it.
  boolean wasLeft(Segment segment) {
    return bases.containsKey(segment.number());
  }

  /// What a rewrite left is not rewritten again because of what it could not let go: but once more,
  /// when keys that were within their window are not any more.
  ///
  /// @param base what was rewritten begins there
  /// @param last and ends there
  /// @param tried whether some of it was left by a rewrite before
  void left(List<Segment> segments, long base, long last, boolean tried) throws IOException {
    long window = settings.keyWindow().toMillis();
    for (int place = 0; place < segments.size(); place++) {
      if (segments.get(place) instanceof SealedSegment segment
          && segment.base() >= base
          && segment.last() <= last) {
        double dead = look(segments, place, segment, 0);
        long again = tried ? Long.MAX_VALUE : core.clock().age() + window + STANDS;
        bases.put(segment.number(), new Base(dead, again));
      }
    }
  }
}
