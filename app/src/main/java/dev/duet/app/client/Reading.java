package dev.duet.app.client;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is read: channels of a server, and where it begins.
///
/// @param channels as they stand in the URL, separated by commas
/// @param since where to begin, as docs/protocol.md has it, or null
/// @param every the least time between two deliveries, or null
public record Reading(
    Remote remote, String channels, @Nullable String since, @Nullable String every) {

  /// The names, doubles dropped.
  List<String> names() {
    return List.of(channels.split(",")).stream().distinct().toList();
  }

  URI uri(Map.Entry<String, String>... more) {
    var query = new ArrayList<Map.Entry<String, String>>();
    if (since != null) {
      query.add(Map.entry("since", since));
    }
    if (every != null) {
      query.add(Map.entry("every", every));
    }
    query.addAll(List.of(more));
    return remote.uri(Remote.path(channels), query);
  }

  /// One way to read: a transport.
  interface Way {
    /// Reads until there is no more to come on this connection. Blocks.
    ///
    /// @param cursor to go on after, or null for the beginning
    /// @throws IOException if the connection breaks
    Ending read(Reading reading, @Nullable String cursor, Taker taker)
        throws IOException, InterruptedException;
  }

  /// Takes messages, in order.
  @FunctionalInterface
  interface Taker {
    /// @return whether there is to be more
    boolean take(Message message);
  }
}
