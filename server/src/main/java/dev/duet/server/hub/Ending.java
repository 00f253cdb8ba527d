package dev.duet.server.hub;

/// Why the hub ends a stream.
///
/// @param reason why
/// @param retryMillis how long the client waits before it returns; meaningless where it should not
public record Ending(Reason reason, int retryMillis) {
  /// Why a stream ends.
  public enum Reason {
    /// All its channels have ended: for good.
    ENDED("ended"),
    /// It asked to end at a gap (`gap=end`), or its messages carry no cursor: for good, the reader
    /// must fetch the state anew.
    GAP("gap"),
    /// The server stops or restarts.
    RESTART("restart"),
    /// A log could not be read, or nobody could decide on access.
    UNAVAILABLE("unavailable"),
    /// What its reader was allowed for a time is over.
    EXPIRED("expired"),
    /// What its reader was allowed was taken back.
    REVOKED("revoked");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /// The word on the wire.
    public String text() {
      return text;
    }
  }
}
