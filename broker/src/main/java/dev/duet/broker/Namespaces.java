package dev.duet.broker;

import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The namespaces of a server, in order: a channel belongs to the first whose pattern matches, and
/// to none if nothing matches (such a channel does not exist for clients).
public record Namespaces(List<Namespace> list) {
  /// One namespace for everything: the default retention, to survive the end of the process.
  public static final Namespaces DEFAULT =
      new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, Durability.OS)));

  public Namespaces {
    list = List.copyOf(list);
  }

  /// The index of the channel's namespace in [#list()], or -1.
  public int indexOf(String channel) {
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).matches(channel)) {
        return i;
      }
    }
    return -1;
  }

  /// The channel's namespace, or null.
  public @Nullable Namespace of(String channel) {
    int index = indexOf(channel);
    return index < 0 ? null : list.get(index);
  }

  /// What the channel's publications are to survive: what its namespace wants, and nothing where it
  /// has none, like the server's own.
  public Durability wantedDurability(String channel) {
    Namespace namespace = of(channel);
    return namespace == null ? Durability.MEMORY : namespace.wantedDurability();
  }

  /// Refuses a channel that no namespace takes. The server's own are taken always.
  ///
  /// @throws DuetException [ErrorCode#NO_NAMESPACE]
  public void check(String channel) {
    if (!ChannelNames.isServerOwned(channel)) {
      var unused = required(channel);
    }
  }

  /// The channel's namespace.
  ///
  /// @throws DuetException [ErrorCode#NO_NAMESPACE] if none takes it
  public Namespace required(String channel) {
    Namespace namespace = of(channel);
    if (namespace == null) {
      throw new DuetException(
          ErrorCode.NO_NAMESPACE,
          "no namespace of this server takes channel '"
              + channel
              + "'; its configuration lists them under namespaces");
    }
    return namespace;
  }
}
