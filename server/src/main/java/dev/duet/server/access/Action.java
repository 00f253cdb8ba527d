package dev.duet.server.access;

/// What somebody wants to do.
public enum Action {
  /// Open a socket that is not on a channel: `/ws`, or a path of the application's own, which is
  /// the question's one name. Its user is the user of all that is done over the socket.
  CONNECT,
  /// Follow channels: a stream, a WebSocket, a subscription of a session, a long poll. A follower
  /// may begin anywhere in what a channel holds.
  SUBSCRIBE,
  /// Read a page of what channels hold, without waiting.
  HISTORY,
  /// Publish to channels, tombstones and ends included.
  PUBLISH,
  /// Forget what a channel holds (`DELETE` with `before`).
  TRIM,
  /// See who is there.
  PRESENCE,
  /// Call a method of the application, which is the question's one name.
  RPC;

  /// Whether the names of a question are channels.
  public boolean isOfChannels() {
    return this != CONNECT && this != RPC;
  }
}
