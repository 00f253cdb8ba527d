package dev.duet.server.access;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;

/// Why a [Pass] no longer holds.
///
/// @param reason why
/// @param place how many were withdrawn together before this one, so that the returns of their
///     clients can be spread
public record Withdrawal(Reason reason, int place) {
  /// Why.
  public enum Reason {
    /// Its time is over.
    EXPIRED(ErrorCode.EXPIRED, "access has expired; come back, and it is decided anew"),
    /// The application took it back.
    REVOKED(ErrorCode.REVOKED, "access was revoked; come back, and it is decided anew");

    private final ErrorCode code;
    private final String detail;

    Reason(ErrorCode code, String detail) {
      this.code = code;
      this.detail = detail;
    }

    /// The error of a request that rested on it.
    public ErrorCode code() {
      return code;
    }

    /// That error, with its text.
    public DuetException failure() {
      return new DuetException(code, detail);
    }
  }
}
