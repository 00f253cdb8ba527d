package dev.duet.server.session;

import static dev.duet.protocol.ErrorCode.BAD_PARAMETER;

import dev.duet.broker.Namespaces;
import dev.duet.protocol.Beginning;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.JsonMembers;
import dev.duet.server.access.Action;
import dev.duet.server.presence.Introduction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// `subscribe`: channels to follow, each from where it begins.
///
/// @param who as whom to be a member of them, or null
record Subscribe(List<String> names, List<Wanted> wanted, @Nullable Introduction who)
    implements Request {
  private static final List<String> OF_ONE = List.of("channel", "cursor", "since");
  private static final List<String> OF_PRESENCE = List.of("client", "info");

  /// One subscription: channels that begin alike, sorted.
  record Wanted(Beginning beginning, List<String> channels) {}

  /// Channels of these namespaces, so many at most.
  record Kind(Namespaces namespaces, SessionLimits limits) implements RequestKind {
    @Override
    public List<String> members() {
      return List.of("channel", "channels", "cursor", "since", "presence");
    }

    @Override
    public Request read(Incoming message) {
      JsonMembers members = message.members();
      Beginning shared = Channels.beginning(members, Beginning.DEFAULT);
      Map<String, Beginning> beginnings = new TreeMap<>();
      for (Object element : Channels.elements(members, "names, or objects with a channel")) {
        String name = element instanceof JsonMembers one ? name(one) : (String) element;
        Beginning beginning =
            element instanceof JsonMembers one ? Channels.beginning(one, shared) : shared;
        namespaces.check(ChannelNames.check(name));
        Beginning other = beginnings.put(name, beginning);
        if (other != null && !other.equals(beginning)) {
          throw members.bad("'" + name + "' is there twice, with two beginnings");
        }
        Channels.bound(beginnings.size(), limits.maxChannels());
      }
      return new Subscribe(
          List.copyOf(new TreeSet<>(beginnings.keySet())), groups(beginnings), who(members));
    }

    /// `"presence":"c1"`, or `"presence":{"client":"c1","info":{…}}`.
    private static @Nullable Introduction who(JsonMembers members) {
      if (!members.has("presence")) {
        return null;
      }
      if (members.isString("presence")) {
        return Introduction.of(String.valueOf(members.string("presence")), null);
      }
      byte[] object = members.object("presence");
      JsonMembers one = JsonMembers.parse(object == null ? new byte[0] : object, BAD_PARAMETER);
      one.only("'presence'", OF_PRESENCE);
      String client = one.string("client");
      if (client == null) {
        throw one.bad("'presence' is an id, or an object with a 'client'");
      }
      return Introduction.of(client, one.object("info"));
    }

    private static String name(JsonMembers one) {
      one.only("an element of 'channels'", OF_ONE);
      String name = one.string("channel");
      if (name == null) {
        throw one.bad("an element of 'channels' is a name, or an object with a 'channel'");
      }
      return name;
    }

    private static List<Wanted> groups(Map<String, Beginning> beginnings) {
      Map<Beginning, List<String>> groups = new LinkedHashMap<>();
      beginnings.forEach(
          (name, beginning) ->
              groups.computeIfAbsent(beginning, begins -> new ArrayList<>()).add(name));
      return groups.entrySet().stream()
          .map(group -> new Wanted(group.getKey(), List.copyOf(group.getValue())))
          .toList();
    }
  }

  @Override
  public Action action() {
    return Action.SUBSCRIBE;
  }

  @Override
  public void carryOut(Session session, Reply reply) {
    session.subscriptions().open(wanted, who, reply);
    session.grants().follow(names, reply.pass());
  }
}
