package dev.duet.server.metrics;

import dev.duet.broker.Log;
import dev.duet.broker.StorageFigures;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.hub.LoopFigures;
import dev.duet.server.hub.RingFigures;
import dev.duet.server.publish.PublishFigures;
import dev.duet.server.rpc.RpcFigures;
import dev.duet.server.transport.ConnectionKind;
import dev.duet.server.transport.TrafficFigures;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// All that the parts of the server counted, at about one moment.
///
/// @param loops what each loop says
/// @param rings of each log
/// @param logs of the broker
/// @param refused what sessions of `duet.v1` refused
record Figures(
    List<LoopProbe.Sample> loops,
    List<RingFigures> rings,
    List<LogFigures> logs,
    PublishFigures publishing,
    RpcFigures calls,
    Map<ErrorCode, Long> refused) {

  /// @param storage null for a log without files
  record LogFigures(String name, Log.Held held, @Nullable StorageFigures storage) {}

  long traffic(ToLongFunction<TrafficFigures> of) {
    return loops.stream().mapToLong(loop -> of.applyAsLong(loop.traffic())).sum();
  }

  long delivery(ToLongFunction<LoopFigures> of) {
    return loops.stream().mapToLong(loop -> of.applyAsLong(loop.hub())).sum();
  }

  /// Connections by what they are used for; a long poll is told from other requests.
  Map<String, Long> connections() {
    var open = new TreeMap<String, Long>();
    for (ConnectionKind kind : ConnectionKind.values()) {
      open.put(kind.text(), traffic(one -> one.open().getOrDefault(kind, 0L)));
    }
    long polls = delivery(LoopFigures::polls);
    long http = open.getOrDefault(ConnectionKind.HTTP.text(), 0L);
    open.put("poll", Math.min(polls, http));
    open.put(ConnectionKind.HTTP.text(), Math.max(0, http - polls));
    return open;
  }

  /// A count by reason, of all loops.
  <K extends Enum<K>> Map<String, Long> byReason(
      Function<LoopProbe.Sample, Map<K, Long>> of, Function<K, String> text) {
    var sums = new TreeMap<String, Long>();
    for (LoopProbe.Sample loop : loops) {
      of.apply(loop).forEach((key, count) -> sums.merge(text.apply(key), count, Long::sum));
    }
    return sums;
  }

  /// Requests that were answered with an error, of all protocols.
  Map<String, Long> refusals() {
    var sums = byReason(loop -> loop.traffic().refused(), ErrorCode::text);
    refused.forEach((code, count) -> sums.merge(code.text(), count, Long::sum));
    return sums;
  }
}
