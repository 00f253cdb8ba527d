package dev.duet.app;

import dev.duet.app.config.Size;
import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.server.DuetSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a server says at its start of where its channels are, and what they survive.
final class Kept {
  private Kept() {}

  /// The lines.
  static List<String> told(DuetSettings settings) {
    Map<Durability, List<String>> wanted = wanted(settings);
    String memory = new Size(settings.memoryBytes()).rounded();
    Path directory = settings.dataDirectory();
    var lines = new ArrayList<String>();
    if (directory == null || wanted.keySet().equals(Set.of(Durability.MEMORY))) {
      lines.add(
          "Channels are kept in memory, at most "
              + memory
              + ": they are gone when it stops; nothing is written to disk");
      if (wanted.containsKey(Durability.DISK)) {
        lines.add(
            "This also holds for those with durability 'disk': "
                + String.join(", ", wanted.get(Durability.DISK)));
      }
      return lines;
    }
    lines.add(
        "Channels are kept in %s, at most %s%s"
            .formatted(
                directory.toAbsolutePath().normalize(),
                new Size(settings.diskBytes()).rounded(),
                wanted.containsKey(Durability.OS) && wanted.containsKey(Durability.DISK)
                    ? " for each durability"
                    : ""));
    wanted.forEach((durability, patterns) -> lines.add(line(durability, patterns, memory)));
    return lines;
  }

  private static String line(Durability durability, List<String> patterns, String memory) {
    String names = String.join(", ", patterns) + ": durability '" + durability.text() + "', ";
    return "  "
        + names
        + switch (durability) {
          case MEMORY -> "in memory, at most " + memory + ", until it stops";
          case OS -> "survives kill -9, and a power loss but for about the last second";
          case DISK -> "survives power loss";
        };
  }

  /// The patterns of each durability, in the order of the configuration.
  private static Map<Durability, List<String>> wanted(DuetSettings settings) {
    var wanted = new LinkedHashMap<Durability, List<String>>();
    for (Namespace namespace : settings.namespaces().list()) {
      wanted
          .computeIfAbsent(namespace.wantedDurability(), of -> new ArrayList<>())
          .add(namespace.pattern());
    }
    return wanted;
  }
}
