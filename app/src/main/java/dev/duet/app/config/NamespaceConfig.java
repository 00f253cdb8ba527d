package dev.duet.app.config;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.DuetException;

/// One of the list `namespaces`.
public record NamespaceConfig(
    @Setting(
            value = "A channel's name, or its beginning and * at the end; * alone takes all",
            required = true)
        String pattern,
    @Setting("What each of its channels keeps") RetentionConfig retention,
    @Setting(
            "What an acknowledged publication survives: memory: nothing, it is there until the"
                + " server ends; os: the server's end, also kill -9, and a power loss but for the"
                + " last second; disk: power loss")
        Durability durability) {

  public static final NamespaceConfig DEFAULT =
      new NamespaceConfig("*", RetentionConfig.DEFAULT, Durability.OS);

  public NamespaceConfig {
    String fixed = pattern.endsWith("*") ? pattern.substring(0, pattern.length() - 1) : pattern;
    try {
      if (!fixed.isEmpty()) {
        ChannelNames.checkPublishable(fixed);
      }
    } catch (DuetException e) {
      throw new BadValueException(
          "pattern",
          "is '%s', but must be a channel's name, or its beginning and * at the end: %s"
              .formatted(pattern, e.getMessage()));
    }
  }

  boolean covers(NamespaceConfig other) {
    return namespace().matches(other.pattern);
  }

  Namespace namespace() {
    return new Namespace(pattern, retention.retention(), durability);
  }
}
