package dev.duet.server.rpc;

import java.nio.charset.StandardCharsets;

/// A method's refusal, in words for its client. It is an answer, not a failure: nothing is logged.
///
/// ```java
/// throw new RpcException(409, "sold-out", "there is no seat left in row " + row);
/// ```
public final class RpcException extends Exception {
  private static final long serialVersionUID = 1L;

  /// Longest code, in characters.
  public static final int MAX_CODE_LENGTH = 64;

  /// Longest message that a client sees, in characters: what is longer is cut.
  public static final int MAX_MESSAGE_LENGTH = 1_000;

  private final int status;
  private final String code;

  /// Refuses with the status 422: the call was understood, and is not carried out.
  public RpcException(String code, String message) {
    this(422, code, message);
  }

  /// @param status the status over HTTP, from 400 to 499
  /// @param code a word that programs look at: 1 to [#MAX_CODE_LENGTH] of `a-z 0-9 -`
  /// @param message what was wrong, for people; the client sees it, up to [#MAX_MESSAGE_LENGTH],
  ///     with a question mark for each lone surrogate
  /// @throws IllegalArgumentException if status or code are none
  public RpcException(int status, String code, String message) {
    super(legal(message), null, false, false);
    if (status < 400 || status > 499) {
      throw new IllegalArgumentException(
          "a refusal has a status from 400 to 499, not "
              + status
              + "; throw anything else to fail");
    }
    if (!code.matches("[a-z0-9-]{1," + MAX_CODE_LENGTH + "}")) {
      throw new IllegalArgumentException(
          "a code has 1 to " + MAX_CODE_LENGTH + " characters of a-z 0-9 -, not '" + code + "'");
    }
    this.status = status;
    this.code = code;
  }

  /// A message may repeat what its client sent, so it is neither believed nor kept whole.
  private static String legal(String message) {
    String cut = String.valueOf(message);
    if (cut.length() > MAX_MESSAGE_LENGTH) {
      boolean splits = Character.isHighSurrogate(cut.charAt(MAX_MESSAGE_LENGTH - 2));
      cut = cut.substring(0, MAX_MESSAGE_LENGTH - (splits ? 2 : 1)) + "…";
    }
    return new String(cut.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /// The status over HTTP.
  public int status() {
    return status;
  }

  /// The word that programs look at.
  public String code() {
    return code;
  }

  /// What was wrong, for people.
  public String detail() {
    return String.valueOf(getMessage());
  }
}
