package dev.duet.server.hub;

import dev.duet.broker.Late;
import dev.duet.broker.Log;
import dev.duet.broker.memory.LateBroker;
import java.util.Random;

/// Logs in memory, which say that they lost what a test wants them to have lost.
final class SimMemoryFate implements SimFate {
  private final LateBroker broker;
  private final SimTruth truth;
  private final Random random;
  private int names;

  SimMemoryFate(LateBroker broker, SimTruth truth, Random random) {
    this.broker = broker;
    this.truth = truth;
    this.random = random;
  }

  @Override
  public Late broker() {
    return broker;
  }

  @Override
  public void damage(int log) {
    Log one = broker.logs().get(log);
    long from = one.position() - random.nextInt(20);
    broker.damage(log, from, one.position());
    truth.damaged(log, from, one.position());
  }

  @Override
  public void restart() {
    for (int log = 0; log < 2; log++) {
      if (random.nextInt(3) == 0) {
        long end = broker.logs().get(log).position() - random.nextInt(20);
        broker.rename(log, "%d%04d".formatted(log, ++names), end);
      }
    }
  }
}
