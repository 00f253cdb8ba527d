package dev.duet.protocol;

import java.time.DateTimeException;
import java.time.Instant;

/// Where a reader without a cursor begins, per channel. A start is itself no gap: what lies before
/// it was not asked for.
public sealed interface Start {
  /// What the channel's retention suggests: [Held] where the latest publication per key is kept
  /// (the state, then its changes), else [Now].
  record Default() implements Start {
    @Override
    public String toString() {
      return "default";
    }
  }

  /// After everything that is committed.
  record Now() implements Start {
    @Override
    public String toString() {
      return "now";
    }
  }

  /// At the first publication that is still held.
  record Held() implements Start {
    @Override
    public String toString() {
      return "start";
    }
  }

  /// At the `count`th publication from the end, 1 to [#MAX_LAST].
  record Last(int count) implements Start {
    @Override
    public String toString() {
      return "-" + count;
    }
  }

  /// At the first publication that was appended at or after `time`, milliseconds since 1970.
  record Since(long time) implements Start {
    @Override
    public String toString() {
      return Instant.ofEpochMilli(time).toString();
    }
  }

  /// Most publications that `-N` can ask for, per channel.
  int MAX_LAST = 1_000_000;

  /// The one [Default].
  Start DEFAULT = new Default();

  /// The one [Now].
  Start NOW = new Now();

  /// The one [Held].
  Start HELD = new Held();

  /// Reads `default`, `now`, `start`, `-N`, or an ISO 8601 time in UTC that ends in `Z`.
  ///
  /// @throws DuetException [ErrorCode#BAD_PARAMETER]
  static Start parse(String text) {
    switch (text) {
      case "default":
        return DEFAULT;
      case "now":
        return NOW;
      case "start":
        return HELD;
      default:
        break;
    }
    try {
      if (text.startsWith("-") && text.length() <= 8) {
        int count = Integer.parseInt(text.substring(1));
        if (count >= 1 && count <= MAX_LAST && text.charAt(1) != '+') {
          return new Last(count);
        }
      } else if (text.endsWith("Z") && text.length() <= 40) {
        return new Since(Instant.parse(text).toEpochMilli());
      }
    } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
      // falls through to the error that names what is allowed
    }
    throw new DuetException(
        ErrorCode.BAD_PARAMETER,
        "a start is now, start, -1 to -"
            + MAX_LAST
            + ", a time like 2026-01-31T12:00:00Z, or a cursor");
  }

  /// Whether `text` can only be meant as a start, not as a cursor.
  static boolean looksLikeStart(String text) {
    if (text.indexOf('!') >= 0) {
      return false;
    }
    return text.equals("now")
        || text.equals("start")
        || text.equals("default")
        || text.startsWith("-")
        || (text.endsWith("Z") && text.indexOf(':') >= 0);
  }
}
