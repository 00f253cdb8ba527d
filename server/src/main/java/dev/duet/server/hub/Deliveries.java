package dev.duet.server.hub;

import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What one loop has delivered, in plain numbers: the loop alone counts and reads them, so that
/// counting costs an addition. Confined to its loop.
final class Deliveries {
  /// Of a reader that is not counted, is live, is behind.
  static final int NOT = 0;

  static final int LIVE = 1;
  static final int BEHIND = 2;

  long streamed;
  long paged;
  long heartbeats;
  int polls;
  private final int[] readers = new int[BEHIND + 1];
  private final long[] gaps = new long[Gap.Reason.values().length];
  private final long[] endings = new long[Ending.Reason.values().length];

  /// A reader was one of [#NOT], [#LIVE] and [#BEHIND], and is another.
  void became(int before, int now) {
    readers[before]--;
    readers[now]++;
  }

  int live() {
    return readers[LIVE];
  }

  int behind() {
    return readers[BEHIND];
  }

  void gap(Gap gap) {
    gaps[gap.reason().ordinal()]++;
  }

  void ended(Ending ending) {
    endings[ending.reason().ordinal()]++;
  }

  /// What a page told a stream.
  void streamed(List<Item> items) {
    for (Item item : items) {
      switch (item) {
        case Publication publication -> streamed++;
        case Gap gap -> gap(gap);
      }
    }
  }

  Map<Gap.Reason, Long> gaps() {
    var counts = new EnumMap<Gap.Reason, Long>(Gap.Reason.class);
    for (Gap.Reason reason : Gap.Reason.values()) {
      counts.put(reason, gaps[reason.ordinal()]);
    }
    return Map.copyOf(counts);
  }

  Map<Ending.Reason, Long> endings() {
    var counts = new EnumMap<Ending.Reason, Long>(Ending.Reason.class);
    for (Ending.Reason reason : Ending.Reason.values()) {
      counts.put(reason, endings[reason.ordinal()]);
    }
    return Map.copyOf(counts);
  }
}
