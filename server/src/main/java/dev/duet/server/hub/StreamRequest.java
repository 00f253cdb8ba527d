package dev.duet.server.hub;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Start;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a reader asks for.
///
/// @param channels sorted, none twice, each in a namespace
/// @param cursor where it stands, [Cursor#NONE] if it brought one that cannot be read, or null
/// @param start where it begins if it brought no cursor
/// @param wire the form that it reads
/// @param endAtGap whether its stream ends for good at a gap
/// @param paceNanos after each delivery nothing more comes for so long; 0 for none
/// @param note a line for people at the beginning, or null
/// @param peer who reads
/// @param closer ends what carries the stream, after the last bytes were offered; called on the
///     loop, once, when it is the hub that ends it
public record StreamRequest(
    List<String> channels,
    @Nullable Cursor cursor,
    Start start,
    Wire wire,
    boolean endAtGap,
    long paceNanos,
    @Nullable String note,
    Peer peer,
    Consumer<Ending> closer) {
  public StreamRequest {
    channels = List.copyOf(channels);
  }
}
