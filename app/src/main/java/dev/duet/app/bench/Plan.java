package dev.duet.app.bench;

import java.util.List;

/// A run of the bench.
///
/// @param run its id: stamps of other runs are not counted. Letters and digits, at most 16
/// @param target the server
/// @param load what is done to it
/// @param times how long
/// @param threads event loops that read
/// @param pids processes of the server, whose CPU and memory are measured; may be empty
public record Plan(
    String run, Target target, Load load, Times times, int threads, List<Long> pids) {
  private static final int MAX_THREADS = 64;

  public Plan {
    pids = List.copyOf(pids);
    if (!run.matches("[A-Za-z0-9]{1,16}")) {
      throw new IllegalArgumentException(
          "a run's id is 1 to 16 letters and digits, not '" + run + "'");
    }
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException("1 to 64 threads, not " + threads);
    }
    if (load.missed() > 0 && target.form() == Form.POLL) {
      throw new IllegalArgumentException("a storm of returns is measured on streams and sockets");
    }
  }

  /// Whether it only listens to what somebody else publishes.
  boolean listensOnly() {
    return load.rate() == 0 && load.missed() == 0;
  }

  /// Files that it needs open at once.
  long files() {
    return load.subscribers() + load.publishers() + 64L;
  }
}
