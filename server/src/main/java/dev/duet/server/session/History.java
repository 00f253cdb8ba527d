package dev.duet.server.session;

import dev.duet.broker.Namespaces;
import dev.duet.protocol.Beginning;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.JsonMembers;
import dev.duet.protocol.Start;
import dev.duet.server.access.Action;
import dev.duet.server.hub.PageRequest;
import java.util.List;

/// `history`: a page, as over HTTP.
record History(PageRequest request) implements Request {
  static final int DEFAULT_LIMIT = 100;
  static final int MAX_LIMIT = 1_000;

  /// A page that is larger has `more`: a quarter of one over HTTP, for what is live waits behind
  /// it.
  static final int MAX_BYTES = 256 << 10;

  /// Pages of the channels in these namespaces.
  record Kind(Namespaces namespaces) implements RequestKind {
    @Override
    public List<String> members() {
      return List.of("channel", "channels", "since", "cursor", "before", "limit");
    }

    @Override
    public Request read(Incoming message) {
      JsonMembers members = message.members();
      List<String> channels = Channels.names(members, ChannelNames.MAX_PER_STREAM);
      channels.forEach(namespaces::check);
      String before = members.string("before");
      if (before != null && (members.has("since") || members.has("cursor"))) {
        throw members.bad("'before' does not go together with 'since' or 'cursor'");
      }
      Beginning beginning = Channels.beginning(members, Beginning.DEFAULT);
      Cursor cursor = beginning.cursor();
      if (before != null && !before.equals("now")) {
        cursor = Beginning.cursor("before", before);
      }
      return new History(
          new PageRequest(
              channels,
              cursor,
              before != null ? Start.NOW : beginning.start(),
              before != null,
              (int) members.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
              MAX_BYTES,
              0,
              0));
    }
  }

  @Override
  public Action action() {
    return Action.HISTORY;
  }

  @Override
  public List<String> names() {
    return request.channels();
  }

  @Override
  public void carryOut(Session session, Reply reply) {
    session.histories().ask(request, reply);
  }
}
