package dev.duet.server.transport;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// How long a client may take over each thing. They are looked at once a second, so each is exact
/// to a second, and none costs a timer.
///
/// @param head from the first byte of a request, or from accept, to the end of its head: a slow
///     loris holds a connection no longer than this
/// @param idle between two requests of one connection; longer than the 60 s after which usual
///     proxies let go of an idle connection, so that it is they who close it and no request is lost
///     on the way
/// @param body the longest pause within a body, and the time it may take beyond what
///     `bodyBytesPerSecond` allows
/// @param bodyBytesPerSecond least rate of a body, over all of it
/// @param drain how long bytes may wait for a reader who takes none
/// @param linger how long to wait for the client's close after ours, or for more of what it sends
/// @param closing how long a WebSocket waits for the answer to its close frame
/// @param gone how long an answer may still come after the client has shut down its side
/// @param path after which unacknowledged bytes tell the kernel that the path is dead
///     (`TCP_USER_TIMEOUT`, with epoll): two heartbeats of 25 s
public record Deadlines(
    Duration head,
    Duration idle,
    Duration body,
    int bodyBytesPerSecond,
    Duration drain,
    Duration linger,
    Duration closing,
    Duration gone,
    Duration path) {
  /// A head in 10 s, 75 s between requests, a body at 64 KiB/s and 30 s, 60 s for a reader who
  /// takes nothing, 2 s to linger, 5 s to close, 10 s for one who has shut down its side, 50 s for
  /// a path.
  public static final Deadlines DEFAULT =
      new Deadlines(
          Duration.ofSeconds(10),
          Duration.ofSeconds(75),
          Duration.ofSeconds(30),
          64 << 10,
          Duration.ofSeconds(60),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(50));

  /// How many nanoseconds so many bytes of a body, or of a message in fragments, may take.
  long allowed(long bytes) {
    return body.toNanos() + bytes * TimeUnit.SECONDS.toNanos(1) / bodyBytesPerSecond;
  }
}
