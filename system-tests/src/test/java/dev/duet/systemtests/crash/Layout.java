package dev.duet.systemtests.crash;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/// The channels of a run, and the configuration that gives each its namespace: at `os` and at
/// `disk`, with everything kept, the last few, those of a second, and the latest per key.
///
/// @param followed those that readers follow
/// @param idle those that are seldom used
/// @param turns those that a publisher has alone, until it ends them
/// @param placed the durability that channels have whose names wish for one
record Layout(
    Map<String, Keeps> channels,
    List<String> followed,
    List<String> idle,
    List<String> turns,
    UnaryOperator<Durability> placed) {
  private static final List<Durability> LEVELS = List.of(Durability.OS, Durability.DISK);
  private static final int FEW = 40;
  private static final int BRIEF_SECONDS = 1;
  private static final int IDLE = 200;
  private static final int TURNS = 100;
  private static final int KEYS = 12;

  static Layout of(UnaryOperator<Durability> placed) {
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
        Map.copyOf(channels), List.copyOf(followed), List.copyOf(idle), List.copyOf(turns), placed);
  }

  /// What its channels keep, and at which durability.
  Namespaces namespaces() {
    Retention all = new Retention(Mode.HISTORY, 100_000_000, 1L << 40, Duration.ofDays(30));
    var list = new ArrayList<Namespace>();
    for (Durability level : LEVELS) {
      String name = level.text();
      Durability durability = placed.apply(level);
      list.add(new Namespace(name + ".all.*", all, durability));
      list.add(new Namespace(name + ".few.*", all.withMaxCount(FEW), durability));
      list.add(
          new Namespace(
              name + ".brief.*",
              Retention.DEFAULT.withMaxAge(Duration.ofSeconds(BRIEF_SECONDS)),
              durability));
      list.add(new Namespace(name + ".state.*", all.withMode(Mode.LATEST), durability));
    }
    return new Namespaces(list);
  }

  /// The same as a configuration file.
  String configuration() {
    var yaml = new StringBuilder("namespaces:\n");
    for (Namespace each : namespaces().list()) {
      Retention keeps = each.retention();
      yaml.append("  - pattern: '%s'\n".formatted(each.pattern()))
          .append(
              "    retention: {mode: %s, count: %d, bytes: %dMiB, age: %ds}\n"
                  .formatted(
                      keeps.mode().name().toLowerCase(Locale.ROOT),
                      keeps.maxCount(),
                      keeps.maxBytes() >> 20,
                      keeps.maxAge().toSeconds()))
          .append("    durability: %s\n".formatted(each.durability().text()));
    }
    return yaml.toString();
  }

  /// What an acknowledged publication survives.
  Durability durability(String channel) {
    return placed.apply(channel.startsWith("os.") ? Durability.OS : Durability.DISK);
  }

  /// Whether all of it is there after the server was stopped and started.
  boolean survivesAStop() {
    return LEVELS.stream().map(placed).noneMatch(Durability.MEMORY::equals);
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
