package dev.duet.server.presence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Connections that come and go, time that passes, a log that is late, busy or fails: against a
/// model that knows the truth.
class PresenceModelTest {
  private static final List<String> CHANNELS = List.of("a", "b", "c");
  private static final List<String> USERS = List.of("", "ann", "ann/x", "bob");
  private static final long GRACE_MILLIS = Scene.SETTINGS.grace().toMillis();

  /// One member of one channel, as it truly is.
  private static final class Truth {
    int connections;
    long goneAt;
    boolean present;
    String info = "";
    int leaves;
  }

  /// One connection.
  private record Open(Attendance attendance, TreeSet<String> channels, String key) {}

  private final List<Open> open = new ArrayList<>();
  private final TreeMap<String, Truth> truth = new TreeMap<>();
  private Random random = new Random(0);
  private Scene scene = new Scene();
  private long now;

  @Test
  void presenceIsWhatIsTrue() {
    for (int seed = 1; seed <= 200; seed++) {
      random = new Random(seed);
      scene =
          new Scene(
              Scene.SETTINGS, settings -> settings.withPending(1 + random.nextInt(4), 1 << 20));
      open.clear();
      truth.clear();
      now = 0;
      for (int step = 0; step < 300; step++) {
        step();
        check(seed, step);
      }
      settle();
      checkLog(seed);
      while (!open.isEmpty()) {
        close(open.size() - 1);
      }
      pass(GRACE_MILLIS);
      settle();
      checkLog(seed);
      assertThat(scene.presence.isEmpty()).as("seed %d", seed).isTrue();
    }
  }

  private void step() {
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> connect();
      case 3, 4 -> {
        if (!open.isEmpty()) {
          close(random.nextInt(open.size()));
        }
      }
      case 5 -> {
        if (!open.isEmpty()) {
          leave(open.get(random.nextInt(open.size())));
        }
      }
      case 6, 7 -> pass(random.nextInt((int) GRACE_MILLIS));
      case 8 -> scene.broker.commit(0, 1 + random.nextInt(3));
      default -> {
        if (random.nextInt(4) == 0) {
          scene.broker.fail(0);
        } else {
          scene.broker.commitAll();
        }
      }
    }
  }

  private void connect() {
    var channels = new TreeSet<String>();
    while (channels.isEmpty()) {
      CHANNELS.stream().filter(one -> random.nextBoolean()).forEach(channels::add);
    }
    String user = USERS.get(random.nextInt(USERS.size()));
    String client = "c" + random.nextInt(3);
    String info = random.nextInt(3) == 0 ? "{\"n\":" + random.nextInt(3) + "}" : null;
    String key = user.isEmpty() ? client : user + "/" + client;
    Attendance attendance =
        scene.presence.join(channels, new Introduction(client, info), user.isEmpty() ? null : user);
    open.add(new Open(attendance, channels, key));
    for (String channel : channels) {
      Truth one = truth.computeIfAbsent(channel + " " + key, of -> new Truth());
      if (!one.present) {
        one.present = true;
        one.info = "";
      }
      one.connections++;
      one.info = info == null ? one.info : info;
    }
  }

  private void close(int index) {
    Open one = open.remove(index);
    one.attendance.close();
    gone(one, one.channels);
  }

  private void leave(Open one) {
    String channel = CHANNELS.get(random.nextInt(CHANNELS.size()));
    one.attendance.leave(List.of(channel));
    if (one.channels.remove(channel)) {
      gone(one, new TreeSet<>(List.of(channel)));
    }
  }

  private void gone(Open one, TreeSet<String> channels) {
    for (String channel : channels) {
      Truth of = truth.get(channel + " " + one.key);
      of.connections--;
      of.goneAt = now;
    }
  }

  private void pass(long millis) {
    now += millis;
    scene.broker.clocks().advance(Duration.ofMillis(millis));
    scene.presence.tick();
    for (Truth one : truth.values()) {
      if (one.present && one.connections == 0 && now - one.goneAt >= GRACE_MILLIS) {
        one.present = false;
        one.leaves++;
      }
    }
  }

  /// The log recovers; whoever failed is tried again.
  private void settle() {
    for (int i = 0; i < 60; i++) {
      scene.broker.commitAll();
      pass(1_000);
    }
    scene.broker.commitAll();
  }

  private List<String> present(String channel) {
    return truth.entrySet().stream()
        .filter(one -> one.getKey().startsWith(channel + " ") && one.getValue().present)
        .map(one -> one.getKey().substring(channel.length() + 1))
        .toList();
  }

  private void check(int seed, int step) {
    for (String channel : CHANNELS) {
      assertThat(scene.keys(channel))
          .as("seed %d, step %d, %s", seed, step, channel)
          .containsExactlyElementsOf(present(channel));
    }
    var told = new TreeMap<String, Integer>();
    for (String one : scene.heard) {
      if (one.startsWith("-")) {
        told.merge(one.substring(1).replace(Presence.SUFFIX, ""), 1, Integer::sum);
      }
    }
    told.forEach(
        (member, leaves) ->
            assertThat(leaves)
                .as("seed %d, step %d: leaves of %s", seed, step, member)
                .isLessThanOrEqualTo(truth.get(member).leaves));
  }

  private void checkLog(int seed) {
    for (String channel : CHANNELS) {
      var state = scene.state(channel + Presence.SUFFIX);
      assertThat(state.keySet())
          .as("seed %d, the log's %s", seed, channel)
          .containsExactlyInAnyOrderElementsOf(present(channel));
      state.forEach(
          (key, json) -> {
            String info = truth.get(channel + " " + key).info;
            if (info.isEmpty()) {
              assertThat(json).as("seed %d %s", seed, key).doesNotContain("info");
            } else {
              assertThat(json).as("seed %d %s", seed, key).endsWith(",\"info\":" + info + "}");
            }
          });
    }
  }
}
