package dev.duet.server.transport;

import dev.duet.protocol.ErrorCode;
import java.util.EnumMap;
import java.util.Map;

/// What the connections of one loop have done, in plain numbers: the loop alone counts and reads
/// them, so that counting costs an addition. Confined to its loop.
final class Traffic {
  long accepted;
  long turnedAway;
  long requests;
  long bytesOut;
  private final int[] open = new int[ConnectionKind.values().length];
  private final long[] refused = new long[ErrorCode.values().length];

  void opened(ConnectionKind kind) {
    open[kind.ordinal()]++;
  }

  void closed(ConnectionKind kind) {
    open[kind.ordinal()]--;
  }

  void refused(ErrorCode code) {
    refused[code.ordinal()]++;
  }

  /// @param latenessNanos how late the loop's last tick was
  TrafficFigures figures(long latenessNanos) {
    var kinds = new EnumMap<ConnectionKind, Long>(ConnectionKind.class);
    for (ConnectionKind kind : ConnectionKind.values()) {
      kinds.put(kind, (long) open[kind.ordinal()]);
    }
    var codes = new EnumMap<ErrorCode, Long>(ErrorCode.class);
    for (ErrorCode code : ErrorCode.values()) {
      if (refused[code.ordinal()] > 0) {
        codes.put(code, refused[code.ordinal()]);
      }
    }
    return new TrafficFigures(
        Map.copyOf(kinds),
        accepted,
        turnedAway,
        requests,
        bytesOut,
        Map.copyOf(codes),
        latenessNanos);
  }
}
