package dev.duet.server.rpc;

import dev.duet.server.rpc.RpcFigures.Ending;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// Counts how calls end, once each. Any thread.
final class Tally {
  private final LongAdder[] ended = adders(Ending.values().length);
  private final LongAdder[] times = adders(RpcFigures.BOUNDS.size() + 1);
  private final LongAdder nanos = new LongAdder();

  private static LongAdder[] adders(int count) {
    return Stream.generate(LongAdder::new).limit(count).toArray(LongAdder[]::new);
  }

  void ended(Ending how) {
    ended[how.ordinal()].increment();
  }

  /// @param took from its beginning until its method had returned
  void returned(long took) {
    int bucket = 0;
    while (bucket < RpcFigures.BOUNDS.size()
        && took > TimeUnit.MILLISECONDS.toNanos(RpcFigures.BOUNDS.get(bucket))) {
      bucket++;
    }
    times[bucket].increment();
    nanos.add(took);
  }

  RpcFigures figures(long underWay, long most) {
    Map<Ending, Long> endings = new EnumMap<>(Ending.class);
    for (Ending how : Ending.values()) {
      endings.put(how, ended[how.ordinal()].sum());
    }
    var buckets = new ArrayList<Long>(times.length);
    for (LongAdder bucket : times) {
      buckets.add(bucket.sum());
    }
    return new RpcFigures(Map.copyOf(endings), List.copyOf(buckets), nanos.sum(), underWay, most);
  }
}
