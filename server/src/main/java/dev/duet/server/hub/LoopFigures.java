package dev.duet.server.hub;

import dev.duet.protocol.Gap;
import java.util.Map;

/// What one loop has delivered since it was made, and what it holds.
///
/// @param streamed publications offered to the outlets of streams and sockets, and taken
/// @param paged publications in pages and long polls that were answered
/// @param heartbeats sent
/// @param gaps told, or for which a reader was ended
/// @param endings streams that the server ended
/// @param live readers that are live: streams, and all live channels of a `duet.v1` socket as one
/// @param behind readers that are behind, those that catch up at their beginning included
/// @param polls long polls that wait
/// @param channels that somebody here reads
/// @param pagesUnderWay pages that are read from a log
/// @param pagesWaiting pages that wait for one of these to be done
/// @param deadlines entries of the wheel: heartbeats, naps, long polls
/// @param lag publications that were announced and not taken yet
public record LoopFigures(
    long streamed,
    long paged,
    long heartbeats,
    Map<Gap.Reason, Long> gaps,
    Map<Ending.Reason, Long> endings,
    int live,
    int behind,
    int polls,
    int channels,
    int pagesUnderWay,
    int pagesWaiting,
    int deadlines,
    long lag) {
  /// Of a loop that did nothing yet.
  public static final LoopFigures NONE =
      new LoopFigures(0, 0, 0, Map.of(), Map.of(), 0, 0, 0, 0, 0, 0, 0, 0);
}
