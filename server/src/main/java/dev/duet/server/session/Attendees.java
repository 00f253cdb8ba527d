package dev.duet.server.session;

import dev.duet.broker.Namespaces;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.JsonMembers;
import dev.duet.server.access.Action;
import dev.duet.server.presence.Presence;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `presence`: who is on a channel.
record Attendees(Presence presence, String channel, @Nullable String after, int limit)
    implements Request {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;

  /// Of the channels in these namespaces.
  record Kind(Presence presence, Namespaces namespaces) implements RequestKind {
    @Override
    public List<String> members() {
      return List.of("channel", "after", "limit");
    }

    @Override
    public Request read(Incoming message) {
      JsonMembers members = message.members();
      String channel = members.string("channel");
      if (channel == null) {
        throw members.bad("'presence' is of a 'channel'");
      }
      namespaces.check(ChannelNames.check(channel));
      int limit = (int) members.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
      return new Attendees(presence, channel, members.string("after"), limit);
    }
  }

  @Override
  public Action action() {
    return Action.PRESENCE;
  }

  @Override
  public List<String> names() {
    return List.of(channel);
  }

  @Override
  public void carryOut(Session session, Reply reply) {
    byte[] json = presence.json(channel, after, limit, History.MAX_BYTES);
    Message message = reply.message("presence");
    ByteBuf members = message.members();
    members.writeByte(',');
    members.writeBytes(json, 1, json.length - 2);
    reply.answer(message);
  }
}
