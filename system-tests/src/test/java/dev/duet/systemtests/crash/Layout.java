package dev.duet.systemtests.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The channels of a run, and the configuration that gives each its namespace: at `os` and at
/// `disk`, with everything kept, the last few, those of a second, and the latest per key.
///
/// @param followed those that readers follow
/// @param idle those that are seldom used
/// @param turns those that a publisher has alone, until it ends them
record Layout(
    Map<String, Keeps> channels, List<String> followed, List<String> idle, List<String> turns) {
  private static final int FEW = 40;
  private static final int BRIEF_SECONDS = 1;
  private static final int IDLE = 200;
  private static final int TURNS = 100;
  private static final int KEYS = 12;

  static Layout of() {
    var channels = new HashMap<String, Keeps>();
    var followed = new ArrayList<String>();
    for (String level : List.of("os", "disk")) {
      for (int i = 0; i < 4; i++) {
        channels.put(level + ".all." + i, Keeps.all());
      }
      for (int i = 0; i < 2; i++) {
        channels.put(level + ".few." + i, Keeps.last(FEW));
        channels.put(level + ".brief." + i, Keeps.seconds(BRIEF_SECONDS));
        channels.put(level + ".state." + i, Keeps.latest());
      }
    }
    followed.addAll(channels.keySet().stream().sorted().toList());
    var idle = new ArrayList<String>();
    for (int i = 0; i < IDLE; i++) {
      idle.add((i % 2 == 0 ? "os" : "disk") + ".all.idle" + i);
    }
    idle.forEach(each -> channels.put(each, Keeps.all()));
    var turns = new ArrayList<String>();
    for (int i = 0; i < TURNS; i++) {
      turns.add((i % 2 == 0 ? "os" : "disk") + ".all.turn" + i);
    }
    turns.forEach(each -> channels.put(each, Keeps.all()));
    return new Layout(
        Map.copyOf(channels), List.copyOf(followed), List.copyOf(idle), List.copyOf(turns));
  }

  /// The configuration file.
  ///
  /// @param onDisk whether the server has logs on disk; else all of it is in memory
  String configuration(boolean onDisk) {
    var yaml = new StringBuilder("namespaces:\n");
    for (String level : List.of("os", "disk")) {
      String all = "count: 100000000, bytes: 1024GiB";
      namespace(yaml, level + ".all.*", "history, " + all + ", age: 30d", level, onDisk);
      namespace(
          yaml,
          level + ".few.*",
          "history, count: " + FEW + ", bytes: 1GiB, age: 30d",
          level,
          onDisk);
      namespace(yaml, level + ".brief.*", "history, age: " + BRIEF_SECONDS + "s", level, onDisk);
      namespace(yaml, level + ".state.*", "latest, " + all + ", age: 30d", level, onDisk);
    }
    return yaml.toString();
  }

  private static void namespace(
      StringBuilder yaml, String pattern, String mode, String level, boolean onDisk) {
    yaml.append("  - pattern: '")
        .append(pattern)
        .append("'\n    retention: {mode: ")
        .append(mode)
        .append("}\n    durability: ")
        .append(onDisk ? level : "memory")
        .append('\n');
  }

  Keeps.What keeps(String channel) {
    return channels.get(channel).what();
  }

  /// A channel to publish to: now and then an idle one; one that is soon forgotten so seldom that
  /// it is.
  String any(Random random) {
    int dice = random.nextInt(1_000);
    if (dice < 50) {
      return idle.get(random.nextInt(idle.size()));
    }
    List<String> some =
        followed.stream().filter(each -> each.contains(".brief.") == (dice < 52)).toList();
    return some.get(random.nextInt(some.size()));
  }

  static String anyKey(Random random) {
    return "k" + random.nextInt(KEYS);
  }
}
