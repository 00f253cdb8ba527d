package dev.duet.server.presence;

import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.broker.memory.LateBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Presence on a log that commits when the test says so, and clocks that the test moves.
final class Scene {
  static final PresenceSettings SETTINGS =
      new PresenceSettings(Duration.ofSeconds(10), 5_000, 64 << 20);

  final LateBroker broker;
  final Log log;
  final Presence presence;

  /// What was announced: `room~presence ann/phone` for one who came or changed, with a minus before
  /// it for one who left.
  final List<String> heard = new ArrayList<>();

  Scene() {
    this(SETTINGS, settings -> settings);
  }

  Scene(PresenceSettings settings, UnaryOperator<MemorySettings> change) {
    broker = new LateBroker(Namespaces.DEFAULT, List.of("memory"), channel -> 0, 1, change);
    log = broker.logs().getFirst();
    presence = new Presence(broker, settings, broker.clocks()::nanos, broker.clocks().wall());
    var following =
        log.follow(
            new Follower() {
              @Override
              public void advanced(List<Publication> publications, long upTo) {
                for (Publication one : publications) {
                  heard.add((one.deleted() ? "-" : "") + one.channel() + " " + one.key());
                }
              }

              @Override
              public void lost(long from, long to) {
                throw new AssertionError("lost");
              }
            });
    assert following.position() >= 0;
  }

  Attendance join(String channel, String client) {
    return join(channel, client, null, null);
  }

  Attendance join(String channel, String client, @Nullable String user, @Nullable String info) {
    byte[] json = info == null ? null : info.getBytes(StandardCharsets.UTF_8);
    Attendance attendance =
        presence.join(List.of(channel.split(",")), Introduction.of(client, json), user);
    broker.commitAll();
    return attendance;
  }

  /// Time passes, with its ticks.
  void pass(Duration time) {
    broker.clocks().advance(time);
    presence.tick();
    broker.commitAll();
  }

  /// What was announced since the last call.
  List<String> heard() {
    List<String> since = List.copyOf(heard);
    heard.clear();
    return since;
  }

  /// What a reader of the state gets: key and payload.
  Map<String, String> state(String channel) {
    var state = new TreeMap<String, String>();
    log.read(
            ReadRequest.forwards(
                List.of(new Span(channel, 0, Long.MAX_VALUE)),
                log.position(),
                Integer.MAX_VALUE,
                Integer.MAX_VALUE))
        .toCompletableFuture()
        .join()
        .items()
        .forEach(
            item -> {
              if (item instanceof Publication one && !one.deleted()) {
                state.put(one.key(), new String(one.data(), StandardCharsets.UTF_8));
              }
            });
    return state;
  }

  List<String> keys(String channel) {
    return presence.of(channel).members().stream().map(Member::key).toList();
  }
}
