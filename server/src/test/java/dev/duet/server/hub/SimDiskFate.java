package dev.duet.server.hub;

import dev.duet.broker.Durability;
import dev.duet.broker.Late;
import dev.duet.broker.Log;
import dev.duet.broker.disk.MortalBroker;
import dev.duet.broker.disk.MortalBroker.Ending;
import dev.duet.broker.disk.store.Hole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Logs on a disk: the process ends in every way, the disk fails for a while, bits turn over. What
/// the logs hold after a start is held against what they held before, see [SimHeld].
final class SimDiskFate implements SimFate {
  private final MortalBroker broker;
  private final SimTruth truth;
  private final Random random;
  private final List<String> channels;

  /// Where the logs were when the process began.
  private List<Long> begun = List.of();

  /// Up to where no ending takes anything from a log at `disk`, as far as the next process may not
  /// know.
  private final long[] sure;

  SimDiskFate(MortalBroker broker, SimTruth truth, Random random, List<String> channels) {
    this.broker = broker;
    this.truth = truth;
    this.random = random;
    this.channels = channels;
    begun = positions();
    sure = new long[begun.size()];
    truth.holes(broker::holes);
  }

  private List<Long> positions() {
    return broker.logs().stream().map(Log::position).toList();
  }

  @Override
  public Late broker() {
    return broker;
  }

  @Override
  public void damage(int log) {
    List<String> its = channels.stream().filter(one -> broker.logOf(one) == log).toList();
    if (!its.isEmpty()) {
      long offset = broker.damage(its.get(random.nextInt(its.size())));
      if (offset > 0) {
        truth.damaged(log, offset - 1, offset);
      }
    }
  }

  @Override
  public void strike() {
    if (!Boolean.parseBoolean(System.getProperty("duet.sim.trouble", "true"))) {
      return;
    }
    if (broker.troubled()) {
      broker.heal();
    } else if (random.nextInt(3) == 0) {
      broker.trouble();
    }
  }

  @Override
  public void heal() {
    broker.heal();
  }

  @Override
  public void restart() {
    broker.advance(Duration.ofMillis(10 + random.nextInt(1_000)));
    while (broker.tick()) {}
    var before = new ArrayList<SimHeld>();
    for (int log = 0; log < broker.logs().size(); log++) {
      boolean provisional = broker.isProvisional(log);
      Log its = broker.logs().get(log);
      if (!provisional) {
        sure[log] = its.position();
      }
      var since = new SimHeld.Since(begun.get(log), provisional, sure[log]);
      before.add(new SimHeld(truth, its, its(log), since));
    }
    boolean sound = !broker.troubled() && !broker.failing(0) && !broker.failing(1);
    Ending ending = Ending.values()[random.nextInt(Ending.values().length)];
    if (Boolean.getBoolean("duet.sim.trace")) {
      System.err.println(ending + (sound ? "" : ", the disk fails") + " at " + broker.logs());
    }
    List<List<Hole>> known = IntStream.of(0, 1).mapToObj(broker::holes).toList();
    broker.restart(ending);
    for (int log = 0; log < broker.logs().size(); log++) {
      for (Hole hole : broker.holes(log)) {
        truth.hole(log, hole.from(), hole.to());
        boolean os = broker.logs().get(log).durability() == Durability.OS;
        if (os && !sound && !known.get(log).contains(hole)) {
          // a sync failed, and the process ended before that could be made good
          truth.damaged(log, hole.from(), hole.to());
        }
      }
      before.get(log).after(log, broker.logs().get(log), ending, sound, broker.isProvisional(log));
    }
    begun = positions();
    truth.follow();
  }

  private List<String> its(int log) {
    return channels.stream().filter(one -> broker.logOf(one) == log).toList();
  }
}
