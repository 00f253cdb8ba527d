package dev.duet.server.presence;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Who is there.
///
/// @param channel of which channel
/// @param count how many are there, listed or not
/// @param members a part of them, by key
/// @param more whether there are others after these
public record Present(String channel, int count, List<Member> members, boolean more) {
  public Present {
    members = List.copyOf(members);
  }

  /// The same as clients are told it: `{"channel":…,"count":…,"members":[…],"more":…}`.
  static byte[] json(String channel, int count, List<byte[]> members, boolean more) {
    var out = new ByteArrayOutputStream(64 + 128 * members.size());
    out.writeBytes(ascii("{\"channel\":\"" + channel + "\",\"count\":" + count + ",\"members\":["));
    boolean first = true;
    for (byte[] member : members) {
      if (!first) {
        out.write(',');
      }
      first = false;
      out.writeBytes(member);
    }
    out.writeBytes(ascii("],\"more\":" + more + "}"));
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
