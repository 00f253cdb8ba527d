package dev.duet.protocol;

/// Publications of one channel that a reader asked for and cannot have: those in `(from, to]`.
///
/// @param channel the channel
/// @param from offset up to which the reader has everything; 0 if that is unknown
/// @param to last offset that is missing; the channel goes on after it
/// @param reason why
/// @param certain false if nothing may be missing after all: the log no longer knows
/// @param state true on a channel that keeps the latest publication per key: the reader drops what
///     it has of the channel, and the whole state follows
public record Gap(String channel, long from, long to, Reason reason, boolean certain, boolean state)
    implements Item {

  /// Why publications are missing.
  public enum Reason {
    /// The channel's retention (count, bytes, age, memory, trim) let them go.
    RETENTION("retention"),
    /// The channel was forgotten whole; whether it held anything after the cursor is not known.
    FORGOTTEN("forgotten"),
    /// The log's past can differ from what was announced; it took a new id.
    LOG_CHANGED("log-changed"),
    /// The cursor names no log, or none that this server knows, for this channel.
    UNKNOWN_LOG("unknown-log"),
    /// The cursor lies beyond the log's end.
    UNKNOWN_OFFSET("unknown-offset"),
    /// The channel's namespace moved to another log.
    MOVED("moved"),
    /// The log has a hole: a damaged record, or an announcement that this node missed.
    HOLE("hole");

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
