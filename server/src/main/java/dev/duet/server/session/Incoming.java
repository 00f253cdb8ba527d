package dev.duet.server.session;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonMembers;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One message of a client: an object with a `type`, and bytes beside it if it came in a binary
/// frame.
///
/// @param type what it asks for, or "" if it does not say
/// @param id what its answer is to be known by, as JSON text; null if it named none
/// @param members all of it
/// @param payload the bytes beside it, or null
public record Incoming(
    String type, @Nullable String id, JsonMembers members, byte @Nullable [] payload) {
  /// Longest id, in characters.
  public static final int MAX_ID_LENGTH = 64;

  /// Longest header of a binary frame, in bytes: two bytes hold its length.
  public static final int MAX_HEADER_BYTES = 65_535;

  /// A text frame.
  ///
  /// @throws DuetException [ErrorCode#BAD_JSON], or [ErrorCode#BAD_PARAMETER] for its id
  static Incoming text(byte[] message) {
    return of(message, null);
  }

  /// A binary frame: two bytes with the length of the header (big endian), the header, which is an
  /// object in UTF-8, and the payload.
  ///
  /// @throws DuetException as [#text] does, and [ErrorCode#BAD_REQUEST] if it is shorter than it
  ///     says
  static Incoming binary(byte[] message) {
    int header = message.length < 2 ? -1 : (message[0] & 0xFF) << 8 | (message[1] & 0xFF);
    if (header < 0 || 2 + header > message.length) {
      throw new DuetException(
          ErrorCode.BAD_REQUEST,
          "a binary message is two bytes with the length of a JSON header, the header, and the"
              + " payload; this one has "
              + message.length
              + " bytes"
              + (header < 0 ? "" : ", and its header would have " + header));
    }
    return of(
        Arrays.copyOfRange(message, 2, 2 + header),
        Arrays.copyOfRange(message, 2 + header, message.length));
  }

  private static Incoming of(byte[] json, byte @Nullable [] payload) {
    JsonMembers members = JsonMembers.parse(json, ErrorCode.BAD_PARAMETER);
    String type = members.has("type") ? members.string("type") : null;
    return new Incoming(type == null ? "" : type, id(members), members, payload);
  }

  private static @Nullable String id(JsonMembers members) {
    if (!members.has("id")) {
      return null;
    }
    if (!members.isString("id")) {
      return Long.toString(members.number("id", 0, 0, Cursor.MAX_OFFSET));
    }
    String id = String.valueOf(members.string("id"));
    if (id.isEmpty() || id.length() > MAX_ID_LENGTH) {
      throw members.bad(
          "'id' is a string of 1 to " + MAX_ID_LENGTH + " characters, or a whole number");
    }
    return Message.quoted(id);
  }

  /// Refuses members that this type has not, and a payload where there is no place for one.
  ///
  /// @param allowed beside `type` and `id`
  void only(List<String> allowed) {
    var all = new TreeSet<>(allowed);
    all.add("type");
    all.add("id");
    members.only("'" + type + "'", List.copyOf(all));
  }
}
