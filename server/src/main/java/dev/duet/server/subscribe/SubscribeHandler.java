package dev.duet.server.subscribe;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import org.slf4j.LoggerFactory;

/// What an application does with what it is subscribed to. Its methods are called one at a time, on
/// a virtual thread of the subscription's own, and may block: until a call returns nothing more is
/// read, so a slow handler is a cursor that is behind, and costs no memory.
///
/// A method that throws ends the subscription: it is logged, [Subscribed#closed()] fails with it,
/// and [Subscribed#cursor()] stays before what was not handled. Who subscribes again after that
/// cursor is told it again.
@FunctionalInterface
public interface SubscribeHandler {
  /// The next publication, in the order of the log; each once.
  ///
  /// @param publication its data is shared and must not be changed
  /// @param cursor just after it: who subscribes after that, here or over the network, goes on
  ///     exactly there
  /// @throws Exception to end the subscription
  void publication(Publication publication, Cursor cursor) throws Exception;

  /// Publications that were asked for and are gone; before the next one that is there. The handler
  /// fetches what it needs anew. Where [Gap#state()] holds, it drops what it has of the channel,
  /// and the whole state follows. Without a method of its own a warning is logged.
  ///
  /// @throws Exception to end the subscription
  default void gap(Gap gap) throws Exception {
    LoggerFactory.getLogger(SubscribeHandler.class)
        .warn("A subscription in the process has a gap that its handler does not see: {}", gap);
  }

  /// Everything that was there when the subscription began has been handled: what comes now is new.
  /// Called once.
  ///
  /// @throws Exception to end the subscription
  default void live(Cursor cursor) throws Exception {}

  /// The channel has ended, and its last publication was handled. After the last of its channels
  /// the subscription ends.
  ///
  /// @throws Exception to end the subscription
  default void ended(String channel) throws Exception {}
}
