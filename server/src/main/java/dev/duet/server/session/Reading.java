package dev.duet.server.session;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonMembers;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What became of a message that was read.
///
/// @param id what its answer is known by, as JSON text, or null
/// @param request null if it is not legal
/// @param failure why it is not, else null
record Reading(@Nullable String id, @Nullable Request request, @Nullable DuetException failure) {

  /// Reads a message; what is wrong with it is in the answer. Any thread.
  static Reading of(byte[] message, boolean binary, Map<String, RequestKind> kinds) {
    Incoming incoming;
    try {
      incoming = binary ? Incoming.binary(message) : Incoming.text(message);
    } catch (DuetException e) {
      return new Reading(null, null, e);
    }
    try {
      return new Reading(incoming.id(), request(incoming, kinds), null);
    } catch (DuetException e) {
      return new Reading(incoming.id(), null, e);
    }
  }

  private static Request request(Incoming incoming, Map<String, RequestKind> kinds) {
    RequestKind kind = kinds.get(incoming.type());
    if (kind == null) {
      throw new DuetException(
          ErrorCode.BAD_REQUEST,
          (incoming.type().isEmpty()
                  ? "a message has a 'type'"
                  : "there is no type '" + JsonMembers.shown(incoming.type()) + "'")
              + "; the types are "
              + String.join(", ", new TreeSet<>(kinds.keySet())));
    }
    incoming.only(kind.members());
    if (incoming.payload() != null && !kind.takesPayload()) {
      throw new DuetException(
          ErrorCode.BAD_REQUEST, "'" + incoming.type() + "' comes in a text frame");
    }
    return kind.read(incoming);
  }
}
