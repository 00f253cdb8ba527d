package dev.duet.server.hub;

import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
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

  /// Writes its members as JSON, each with a comma before it.
  public void write(ByteBuf out) {
    JsonBytes.ascii(out, ",\"cursor\":\"" + cursor + "\",\"publications\":[");
    String separator = "";
    for (Entry entry : publications) {
      JsonBytes.ascii(out, separator);
      JsonBytes.writeEnvelope(out, entry.publication(), entry.cursor());
      separator = ",\n";
    }
    JsonBytes.ascii(out, "],\"gaps\":[");
    separator = "";
    for (Gap gap : gaps) {
      JsonBytes.ascii(out, separator);
      JsonBytes.writeGap(out, gap);
      separator = ",";
    }
    JsonBytes.ascii(out, "],\"more\":" + more + ",\"ended\":[");
    separator = "";
    for (String channel : ended) {
      JsonBytes.ascii(out, separator + "\"" + channel + "\"");
      separator = ",";
    }
    JsonBytes.ascii(out, "]");
  }
}
