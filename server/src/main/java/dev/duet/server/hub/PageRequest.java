package dev.duet.server.hub;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Start;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a page should hold.
///
/// @param channels sorted, none twice, each in a namespace
/// @param cursor what lies after it (before it, backwards), or null
/// @param start where to begin without a cursor
/// @param backwards the last publications before the cursor (or the present) instead of the first
///     after
/// @param limit most publications
/// @param maxBytes most bytes, but for one publication
/// @param waitNanos how long to wait for the first publication if there is none; 0 not at all
/// @param paceNanos an answer that has all there is comes no sooner than this; 0 for at once
public record PageRequest(
    List<String> channels,
    @Nullable Cursor cursor,
    Start start,
    boolean backwards,
    int limit,
    int maxBytes,
    long waitNanos,
    long paceNanos) {
  public PageRequest {
    channels = List.copyOf(channels);
  }

  /// The same, answered at once.
  public PageRequest withoutWait() {
    return new PageRequest(channels, cursor, start, backwards, limit, maxBytes, 0, 0);
  }
}
