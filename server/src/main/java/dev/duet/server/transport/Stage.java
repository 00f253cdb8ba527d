package dev.duet.server.transport;

/// What a connection is at the moment. Called on its loop, by its [Connection] alone.
abstract class Stage {
  /// What the connection is used for meanwhile.
  ConnectionKind kind() {
    return ConnectionKind.HTTP;
  }

  /// Something came: bytes, or what the codec made of them. The stage owns it.
  abstract void read(Object message);

  /// What was there to be read has been read.
  void readComplete() {}

  /// Waiting bytes have drained below the low water mark.
  void writable() {}

  /// The client has shut down its side: nothing more will be read.
  abstract void inputClosed();

  /// The connection is closed. The last call.
  abstract void closed();

  /// Once a second: deadlines.
  ///
  /// @param now in nanoseconds of the monotonic clock
  abstract void sweep(long now);

  /// The server stops: whoever is idle closes.
  void stopping() {}
}
