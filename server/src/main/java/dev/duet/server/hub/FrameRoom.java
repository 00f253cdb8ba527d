package dev.duet.server.hub;

import java.util.concurrent.atomic.AtomicLong;

/// The bytes that the frames of one ring hold, all wire forms together. What finds no room is not
/// kept: it is made again for whoever needs it next. Any thread.
final class FrameRoom {
  private final long most;
  private final AtomicLong held = new AtomicLong();

  FrameRoom(long most) {
    this.most = most;
  }

  long held() {
    return held.get();
  }

  /// Takes room for `bytes`; false if there is none.
  boolean take(long bytes) {
    if (held.addAndGet(bytes) <= most) {
      return true;
    }
    held.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    held.addAndGet(-bytes);
  }
}
