package dev.duet.broker;

import dev.duet.protocol.Publication;
import java.util.List;

/// Hears what a log commits. Called by one thread at a time, under the log's order: must return at
/// once and never call back into the log.
public interface Follower {
  /// These are committed, in log order, none twice. Nothing else that is announced lies before
  /// `upTo`.
  ///
  /// @param publications may be empty: the log moved on in channels that nobody watches
  /// @param upTo the log's position from now on
  void advanced(List<Publication> publications, long upTo);

  /// What a channel held up to `upTo` was trimmed: nobody is to be given it any more.
  default void trimmed(String channel, long upTo) {}

  /// Announcements of publications in `(from, to]` were missed. Later ones follow; whoever needs
  /// those reads the log.
  void lost(long from, long to);
}
