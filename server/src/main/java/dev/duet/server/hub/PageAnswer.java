package dev.duet.server.hub;

import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page.
///
/// @param cursor where the next page begins
/// @param publications in log order, each with the cursor just after it
/// @param gaps what is missing between the request's cursor and the answer's
/// @param more whether there is more already
/// @param ended channels that ended and of which nothing follows
public record PageAnswer(
    String cursor, List<Entry> publications, List<Gap> gaps, boolean more, List<String> ended) {
  /// A publication with the cursor just after it; null in a page read backwards over several logs.
  public record Entry(Publication publication, @Nullable String cursor) {}
}
