package dev.duet.server.hub;

import dev.duet.protocol.Publication;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which of a reader's channels have ended for it, and which of those ends no frame has told yet.
/// Confined to a loop.
final class Ends {
  private final int channels;
  private @Nullable Set<String> ended;
  private @Nullable ArrayDeque<String> owed;

  /// @param channels how many the reader has
  Ends(int channels) {
    this.channels = channels;
  }

  /// For a reader that does not end with its channels, and whose channels change.
  static Ends ofMany() {
    return new Ends(-1);
  }

  /// What another one knows, of which every end was told.
  void add(Ends other) {
    if (other.ended != null) {
      other.ended.forEach(this::add);
    }
  }

  /// The reader leaves the channel.
  void forget(String channel) {
    if (ended != null && ended.remove(channel) && owed != null) {
      owed.remove(channel);
    }
  }

  /// The publication was offered; the end that it brings, if any, is told in its own frame.
  void offered(Publication publication) {
    if (publication.end()) {
      add(publication.channel());
    } else if (ended != null) {
      ended.remove(publication.channel());
    }
  }

  /// The channel has ended and the reader has everything of it.
  void owe(String channel) {
    if (add(channel)) {
      if (owed == null) {
        owed = new ArrayDeque<>(2);
      }
      owed.add(channel);
    }
  }

  private boolean add(String channel) {
    if (ended == null) {
      ended = new HashSet<>(2);
    }
    return ended.add(channel);
  }

  /// The next channel whose end is still to be told, or null.
  @Nullable String nextOwed() {
    return owed == null ? null : owed.peek();
  }

  /// The end of [#nextOwed] was told.
  void told() {
    if (owed != null) {
      owed.poll();
    }
  }

  /// Whether all channels have ended and every end was told.
  boolean complete() {
    return ended != null && ended.size() == channels && nextOwed() == null;
  }
}
