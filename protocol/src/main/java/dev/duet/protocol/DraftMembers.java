package dev.duet.protocol;

import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A publication as a JSON object: the members of the envelope that a publisher may set, and the
/// conditions.
///
/// `data` is the payload: a string is text, any other value JSON. `data64` is bytes in base64.
/// `deleted` is a tombstone. `event`, `key`, `end`, `idempotencyKey`, `ifMatch` are as over HTTP.
public final class DraftMembers {
  /// Their names.
  public static final List<String> NAMES =
      List.of("data", "data64", "deleted", "event", "key", "end", "idempotencyKey", "ifMatch");

  private DraftMembers() {}

  /// Reads them; others are not looked at.
  ///
  /// @param bytes the payload where it came beside the object, or null
  /// @throws DuetException with the code of `members`, or as [Draft] does
  public static Draft read(JsonMembers members, byte @Nullable [] bytes) {
    boolean deleted = members.flag("deleted");
    int given =
        (bytes == null ? 0 : 1)
            + (members.has("data") ? 1 : 0)
            + (members.has("data64") ? 1 : 0)
            + (deleted ? 1 : 0);
    if (given != 1) {
      throw members.bad(
          bytes == null
              ? "there is one of data, data64 and \"deleted\":true, here are " + given
              : "the payload is what follows the header: without data, data64 and deleted");
    }
    JsonMembers.Payload payload =
        deleted ? new JsonMembers.Payload(PayloadType.TEXT, new byte[0]) : payload(members, bytes);
    return new Draft(
        payload.type(),
        payload.data(),
        members.string("event"),
        members.string("key"),
        null,
        deleted,
        members.flag("end"),
        members.string("idempotencyKey"),
        members.number("ifMatch", Draft.ANY, 0, Cursor.MAX_OFFSET));
  }

  /// The payload alone: one of `data`, `data64` and the bytes beside the object; an empty text
  /// where there is none.
  ///
  /// @param bytes the payload where it came beside the object, or null
  /// @throws DuetException with the code of `members`
  public static JsonMembers.Payload payload(JsonMembers members, byte @Nullable [] bytes) {
    int given =
        (bytes == null ? 0 : 1) + (members.has("data") ? 1 : 0) + (members.has("data64") ? 1 : 0);
    if (given > 1) {
      throw members.bad("the payload is one of data, data64 and what follows the header");
    }
    JsonMembers.Payload data = members.payload("data");
    if (data != null) {
      return data;
    }
    if (given == 0) {
      return new JsonMembers.Payload(PayloadType.TEXT, new byte[0]);
    }
    return new JsonMembers.Payload(PayloadType.BYTES, bytes == null ? decoded(members) : bytes);
  }

  private static byte[] decoded(JsonMembers members) {
    try {
      return Base64.getDecoder().decode(String.valueOf(members.string("data64")));
    } catch (IllegalArgumentException e) {
      throw members.bad("data64 is not base64 (RFC 4648 section 4)");
    }
  }
}
