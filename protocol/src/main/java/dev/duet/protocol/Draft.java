package dev.duet.protocol;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A publication before it has an offset, with the conditions under which it is appended. Legal by
/// construction.
///
/// @param type what the bytes are; their validity is checked where they come in
/// @param data the payload, handed over: not to be changed afterwards; empty for a tombstone
/// @param event event name, or null: 1 to [#MAX_EVENT_LENGTH] characters without control
///     characters, none of `open`, `error`, nor one that begins with `duet.`
/// @param key key on a channel that keeps the latest publication per key, or null: up to
///     [#MAX_KEY_LENGTH] characters without control characters
/// @param from the authenticated user, or null: 1 to [#MAX_FROM_LENGTH] characters without control
///     characters
/// @param deleted whether this is a tombstone for `key`
/// @param end whether the channel ends with it
/// @param idempotencyKey stored once within its window, or null: 1 to [#MAX_KEY_LENGTH] visible
///     ASCII characters
/// @param ifMatch append only if this is the last committed offset of the channel (of the key if
///     there is one; 0: nothing is held), or [#ANY]
public record Draft(
    PayloadType type,
    byte[] data,
    @Nullable String event,
    @Nullable String key,
    @Nullable String from,
    boolean deleted,
    boolean end,
    @Nullable String idempotencyKey,
    long ifMatch) {

  /// No condition on what came before.
  public static final long ANY = -1;

  /// Longest event name, in characters.
  public static final int MAX_EVENT_LENGTH = 255;

  /// Longest key and idempotency key, in characters.
  public static final int MAX_KEY_LENGTH = 255;

  /// Longest name of a user, in characters.
  public static final int MAX_FROM_LENGTH = 255;

  /// @throws DuetException [ErrorCode#BAD_EVENT], [ErrorCode#BAD_KEY] or [ErrorCode#BAD_PARAMETER],
  ///     naming what is allowed
  public Draft {
    if (event != null) {
      checkEvent(event);
    }
    if (key != null) {
      checkText(ErrorCode.BAD_KEY, "a key", key, 0, MAX_KEY_LENGTH);
    }
    if (from != null) {
      checkText(ErrorCode.BAD_PARAMETER, "a user's name", from, 1, MAX_FROM_LENGTH);
    }
    if (idempotencyKey != null) {
      checkIdempotencyKey(idempotencyKey);
    }
    if (ifMatch != ANY && (ifMatch < 0 || ifMatch > Cursor.MAX_OFFSET)) {
      throw new DuetException(
          ErrorCode.BAD_PARAMETER, "If-Match is an offset from 0 to " + Cursor.MAX_OFFSET);
    }
  }

  /// A text without further conditions.
  public static Draft text(String text) {
    return of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /// JSON without further conditions. It is checked where it is published.
  public static Draft json(String json) {
    return of(PayloadType.JSON, json.getBytes(StandardCharsets.UTF_8));
  }

  /// A payload without conditions.
  public static Draft of(PayloadType type, byte[] data) {
    return new Draft(type, data, null, null, null, false, false, null, ANY);
  }

  /// The same with another payload of the same type.
  public Draft withData(byte[] value) {
    return new Draft(type, value, event, key, from, deleted, end, idempotencyKey, ifMatch);
  }

  /// The same with an event name, or without one (null).
  ///
  /// @throws DuetException [ErrorCode#BAD_EVENT]
  public Draft withEvent(@Nullable String value) {
    return new Draft(type, data, value, key, from, deleted, end, idempotencyKey, ifMatch);
  }

  /// The same for a key, or for none (null).
  ///
  /// @throws DuetException [ErrorCode#BAD_KEY]
  public Draft withKey(@Nullable String value) {
    return new Draft(type, data, event, value, from, deleted, end, idempotencyKey, ifMatch);
  }

  /// The same, published by this user. What comes over the network gets the authenticated user here
  /// and nowhere else.
  public Draft withFrom(@Nullable String value) {
    return new Draft(type, data, event, key, value, deleted, end, idempotencyKey, ifMatch);
  }

  /// The same, stored once: whoever publishes it again with this key gets the first one's offset.
  ///
  /// @throws DuetException [ErrorCode#BAD_KEY]
  public Draft withIdempotencyKey(@Nullable String value) {
    return new Draft(type, data, event, key, from, deleted, end, value, ifMatch);
  }

  /// The same, appended only if this is the last committed offset of the channel (of the key, if
  /// there is one; 0: nothing is held), or always with [#ANY].
  ///
  /// @throws DuetException [ErrorCode#BAD_PARAMETER]
  public Draft withIfMatch(long value) {
    return new Draft(type, data, event, key, from, deleted, end, idempotencyKey, value);
  }

  /// The same, with which the channel ends or does not.
  public Draft withEnd(boolean value) {
    return new Draft(type, data, event, key, from, deleted, value, idempotencyKey, ifMatch);
  }

  /// A tombstone for `key` (null stands for the key "").
  public static Draft tombstone(@Nullable String key) {
    return new Draft(PayloadType.TEXT, new byte[0], null, key, null, true, false, null, ANY);
  }

  private static void checkEvent(String event) {
    checkText(ErrorCode.BAD_EVENT, "an event name", event, 1, MAX_EVENT_LENGTH);
    if (event.startsWith("duet.") || event.equals("open") || event.equals("error")) {
      throw new DuetException(
          ErrorCode.BAD_EVENT,
          "'" + event + "' is reserved: open, error and names that begin with duet. are");
    }
  }

  private static void checkIdempotencyKey(String key) {
    boolean legal = !key.isEmpty() && key.length() <= MAX_KEY_LENGTH;
    for (int i = 0; legal && i < key.length(); i++) {
      legal = key.charAt(i) > ' ' && key.charAt(i) < 127;
    }
    if (!legal) {
      throw new DuetException(
          ErrorCode.BAD_KEY,
          "an idempotency key has 1 to " + MAX_KEY_LENGTH + " visible ASCII characters");
    }
  }

  /// Refuses control characters (they would break out of an SSE field) and lone surrogates (they
  /// have no UTF-8).
  private static void checkText(ErrorCode code, String what, String text, int min, int max) {
    if (text.length() < min || text.length() > max) {
      throw new DuetException(
          code, "%s has %d to %d characters, this one %d".formatted(what, min, max, text.length()));
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c)) {
        throw new DuetException(
            code, "%s has no control characters, this one U+%04X".formatted(what, (int) c));
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new DuetException(code, what + " is valid Unicode, this one has a lone surrogate");
      }
    }
  }
}
