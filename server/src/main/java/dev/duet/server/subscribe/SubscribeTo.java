package dev.duet.server.subscribe;

import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.Start;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which channels a subscription in the process has, and where it begins.
///
/// ```java
/// SubscribeTo.channels("orders", "trades").after(cursor)
/// SubscribeTo.channels("prices").from(Start.HELD)
/// ```
///
/// @param channels their names, 1 to [#MAX_CHANNELS]; sorted, none twice
/// @param cursor it begins after that, wherever the cursor comes from; null: at `start`
/// @param start where it begins without a cursor
public record SubscribeTo(List<String> channels, @Nullable Cursor cursor, Start start) {
  /// Most channels of one subscription, as on a socket of `duet.v1`.
  public static final int MAX_CHANNELS = 1_000;

  /// @throws DuetException [ErrorCode#BAD_CHANNEL], [ErrorCode#TOO_MANY_CHANNELS]
  public SubscribeTo {
    if (channels.isEmpty() || channels.size() > MAX_CHANNELS) {
      throw new DuetException(
          ErrorCode.TOO_MANY_CHANNELS,
          "a subscription has 1 to " + MAX_CHANNELS + " channels, not " + channels.size());
    }
    channels.forEach(ChannelNames::check);
    channels = List.copyOf(new TreeSet<>(channels));
  }

  /// These channels, from where their retention suggests: the state, then its changes, where the
  /// latest per key is kept; else what is published from now on.
  ///
  /// @throws DuetException [ErrorCode#BAD_CHANNEL], [ErrorCode#TOO_MANY_CHANNELS]
  public static SubscribeTo channels(String... names) {
    return new SubscribeTo(List.of(names), null, Start.DEFAULT);
  }

  /// The same, after a cursor: of [Subscribed#cursor()], of a client, or of
  /// [dev.duet.server.Duet#cursor()].
  public SubscribeTo after(Cursor value) {
    return new SubscribeTo(channels, value, start);
  }

  /// The same, from a start, without a cursor.
  public SubscribeTo from(Start value) {
    return new SubscribeTo(channels, null, value);
  }
}
