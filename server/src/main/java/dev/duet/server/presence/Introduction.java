package dev.duet.server.presence;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonMembers;
import dev.duet.protocol.JsonText;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a client says of itself when it asks to be a member. Legal by construction.
///
/// @param client its id, chosen by it: 1 to [#MAX_CLIENT_LENGTH] characters of `A-Z a-z 0-9 . _ :
///     -`
/// @param info a JSON object on one line for the others to see, or null
public record Introduction(String client, @Nullable String info) {
  /// Longest client id, in characters.
  public static final int MAX_CLIENT_LENGTH = 64;

  /// Largest info, in bytes of UTF-8.
  public static final int MAX_INFO_BYTES = 1 << 10;

  /// Reads what a client sent.
  ///
  /// @param info JSON in UTF-8, or null
  /// @throws DuetException [ErrorCode#BAD_PARAMETER], [ErrorCode#BAD_JSON]
  public static Introduction of(String client, byte @Nullable [] info) {
    if (!client.matches("[A-Za-z0-9._:-]{1," + MAX_CLIENT_LENGTH + "}")) {
      throw bad(
          "'presence' is an id that the client chose for itself: 1 to "
              + MAX_CLIENT_LENGTH
              + " characters of A-Z a-z 0-9 . _ : -");
    }
    if (info == null) {
      return new Introduction(client, null);
    }
    if (info.length > MAX_INFO_BYTES) {
      throw bad("'info' has at most " + MAX_INFO_BYTES + " bytes, this one " + info.length);
    }
    var unused = JsonMembers.parse(info, ErrorCode.BAD_PARAMETER);
    byte[] line = info.clone();
    JsonText.oneLine(line);
    return new Introduction(client, new String(line, StandardCharsets.UTF_8).strip());
  }

  private static DuetException bad(String detail) {
    return new DuetException(ErrorCode.BAD_PARAMETER, detail);
  }
}
