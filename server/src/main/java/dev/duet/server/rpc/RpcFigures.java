package dev.duet.server.rpc;

import java.util.List;
import java.util.Map;

/// What became of calls since the server started.
///
/// @param ended how many ended in each way; each call once
/// @param times how many had returned within each of [#BOUNDS], and, last, more slowly; those that
///     were too late or given up as well, once their method has returned
/// @param nanos how long they took together
/// @param underWay calls whose method has not returned
/// @param most most of these at once
public record RpcFigures(
    Map<Ending, Long> ended, List<Long> times, long nanos, long underWay, long most) {
  /// Upper bounds of the times of calls, in milliseconds.
  public static final List<Integer> BOUNDS =
      List.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);

  /// How a call ended, as its client saw it.
  public enum Ending {
    /// Its method answered.
    ANSWERED("answered"),
    /// Its method refused, with an [RpcException].
    REFUSED("refused"),
    /// Its method failed.
    FAILED("failed"),
    /// It took too long.
    TIMEOUT("timeout"),
    /// Its client went, or lost what it was allowed.
    GIVEN_UP("given-up"),
    /// The server stopped.
    STOPPED("stopped"),
    /// It was not begun: too many were under way.
    BUSY("busy");

    private final String text;

    Ending(String text) {
      this.text = text;
    }

    /// As a label says it.
    public String text() {
      return text;
    }
  }
}
