package dev.duet.server.hub;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Start;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a subscription of a [Bundle] asks for.
///
/// @param channels at least one, none twice, each in a namespace, none that the bundle has already
/// @param cursor where it stands, [Cursor#NONE] if it brought one that cannot be read, or null
/// @param start where it begins if it brought no cursor
/// @param opening makes the subscription's first bytes (the answer `subscribed`), offered before
///     anything of its channels: from the subscription's own cursor, or null if gaps are told
///     first. The buffer is the hub's to release. Called on the loop once there is room, more than
///     once if there was none after all
public record SubscribeRequest(
    List<String> channels,
    @Nullable Cursor cursor,
    Start start,
    Function<@Nullable String, ByteBuf> opening) {
  /// @throws IllegalArgumentException if there is no channel
  public SubscribeRequest {
    channels = List.copyOf(channels);
    if (channels.isEmpty()) {
      throw new IllegalArgumentException("a subscription has channels");
    }
  }
}
