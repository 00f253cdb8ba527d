package dev.duet.server.hub;

import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// A wire form of a stream: how publications and control events look as bytes. Stateless, compared
/// by identity; the forms are constants of [Wires]. Every buffer returned is direct, and the
/// caller's to release. Cursor texts are written where the form has a place for them.
public interface Wire {
  /// Whether its messages carry a cursor, so that a reader can resume. A form without one ends at a
  /// gap.
  boolean carriesCursor();

  /// The first bytes of a stream.
  ///
  /// @param cursor where the stream stands, or null if something must be told first
  /// @param retryMillis the time to wait before a return, told where the form has a place for it
  /// @param note a line for people, without line breaks, or null
  ByteBuf opening(@Nullable String cursor, int retryMillis, @Nullable String note);

  /// One publication; for the last one of a channel its end as well.
  ByteBuf publicationFrame(Publication publication, String cursor);

  /// A gap.
  ///
  /// @param cursor the stream's own position, or null if more gaps have to be told before it
  ByteBuf gap(Gap gap, @Nullable String cursor);

  /// A reader has caught up.
  ///
  /// @param channels those that it reads
  ByteBuf live(Collection<String> channels, String cursor);

  /// A channel had ended before the stream came to it.
  ByteBuf channelEnded(String channel, @Nullable String cursor);

  /// The stream's last bytes.
  ByteBuf end(Ending ending);

  /// Something to keep the connection open.
  ///
  /// @param cursor where all live streams of the loop stand, or null for one that says nothing
  ByteBuf heartbeat(@Nullable String cursor);
}
