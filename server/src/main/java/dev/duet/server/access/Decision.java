package dev.duet.server.access;

import dev.duet.protocol.ErrorCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The answer to a [Question].
public sealed interface Decision {
  /// Most characters of a user's name.
  int MAX_USER_LENGTH = 255;

  /// Yes.
  ///
  /// @param user who it is, or null: nobody in particular, or the user of the socket. It becomes
  ///     `from` of what is published. 1 to [#MAX_USER_LENGTH] characters, no control characters
  /// @param until when the answer ends, or null: it holds until it is revoked
  record Allowed(@Nullable String user, @Nullable Instant until) implements Decision {
    /// @throws IllegalArgumentException if the name is none
    public Allowed {
      if (user != null && !isName(user)) {
        throw new IllegalArgumentException(
            "a user's name has 1 to " + MAX_USER_LENGTH + " characters, none of them control");
      }
    }

    /// The same, but no longer than this. What rests on it ends at most a second after, and its
    /// client is asked to come back, so that it is decided anew.
    public Allowed until(@Nullable Instant end) {
      return new Allowed(user, end);
    }

    private static boolean isName(String text) {
      boolean legal = !text.isEmpty() && text.length() <= MAX_USER_LENGTH;
      for (int i = 0; legal && i < text.length(); i++) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          legal = !Character.isISOControl(c) && !Character.isSurrogate(c);
        }
      }
      return legal;
    }
  }

  /// No.
  ///
  /// @param code [ErrorCode#UNAUTHORIZED] (401: say who you are) or [ErrorCode#FORBIDDEN] (403: it
  ///     does not matter who you are)
  /// @param text why, for people; the client sees it
  record Refused(ErrorCode code, String text) implements Decision {
    /// @throws IllegalArgumentException if the code is another
    public Refused {
      if (code != ErrorCode.UNAUTHORIZED && code != ErrorCode.FORBIDDEN) {
        throw new IllegalArgumentException("access is refused as unauthorized or forbidden");
      }
    }
  }

  /// Yes, to anybody; over a socket, to its user.
  static Allowed allow() {
    return new Allowed(null, null);
  }

  /// Yes, and this is who it is.
  ///
  /// @throws IllegalArgumentException if the name is none, see [Allowed]
  static Allowed allow(String user) {
    return new Allowed(user, null);
  }

  /// No, for it is not known who asks: 401.
  static Refused unauthorized(String text) {
    return new Refused(ErrorCode.UNAUTHORIZED, text);
  }

  /// No, 403.
  static Refused forbidden(String text) {
    return new Refused(ErrorCode.FORBIDDEN, text);
  }
}
