package dev.duet.app;

import dev.duet.protocol.Publication;
import dev.duet.server.hub.JsonBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/// Publications as lines of NDJSON, in the envelope of docs/protocol.md.
final class Envelopes {
  private Envelopes() {}

  /// A line with its end; with `"end":true` where the channel ends, as a batch takes it.
  static String line(Publication publication, String cursor) {
    ByteBuf out = Unpooled.buffer(publication.data().length + 256);
    JsonBytes.writeEnvelope(out, publication, cursor);
    if (publication.end()) {
      out.writerIndex(out.writerIndex() - 1);
      JsonBytes.ascii(out, ",\"end\":true}");
    }
    out.writeByte('\n');
    return out.toString(StandardCharsets.UTF_8);
  }
}
