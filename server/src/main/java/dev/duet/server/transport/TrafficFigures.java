package dev.duet.server.transport;

import dev.duet.protocol.ErrorCode;
import java.util.Map;

/// What the connections of one loop have done since the server started, and are.
///
/// @param open connections now
/// @param accepted connections
/// @param turnedAway connections that were closed without an answer: there were too many, or their
///     proxy is not trusted
/// @param requests whose head was complete
/// @param bytesOut bytes given to sockets, heads of answers included
/// @param refused requests that were answered with an error
/// @param latenessNanos how much later than planned the loop's last tick came
public record TrafficFigures(
    Map<ConnectionKind, Long> open,
    long accepted,
    long turnedAway,
    long requests,
    long bytesOut,
    Map<ErrorCode, Long> refused,
    long latenessNanos) {
  /// Of a loop that did nothing yet.
  public static final TrafficFigures NONE = new TrafficFigures(Map.of(), 0, 0, 0, 0, Map.of(), 0);
}
