package dev.duet.server.hub;

import java.util.List;

/// A connection that follows something, at one time.
///
/// @param id none of the same hub has the same
/// @param transport `sse`, `ndjson`, `websocket` or `duet.v1`
/// @param channels the first of those that it follows
/// @param more how many others it follows
/// @param since when it came, by the hub's ticker
/// @param behind whether something that was published is still to be offered to it, or it catches
///     up at its beginning
public record ConnectionFigures(
    String id,
    Peer peer,
    String transport,
    List<String> channels,
    int more,
    long since,
    boolean behind) {
  /// Most channels that are named.
  static final int CHANNELS = 10;

  /// Those of one loop.
  ///
  /// @param leftOut how many others there are
  public record OfLoop(List<ConnectionFigures> connections, int leftOut) {}
}
