package dev.duet.broker.memory;

import dev.duet.broker.Log;
import org.junit.jupiter.api.Test;

/// Thousands of random lives of a log in memory, each compared step by step with [LogModel].
class LogModelTest {
  private static final int LIVES = Integer.getInteger("duet.lives", 1_500);

  @Test
  void theLogDoesWhatTheModelDoes() {
    LogLife.live(LIVES, 100, (seed, burst) -> life(new LateBroker(LogLife.NAMESPACES), burst));
  }

  private static LogLife life(LateBroker broker, boolean burst) {
    Log log = broker.logs().getFirst();
    return new LogLife(
        LogLife.NAMESPACES, burst, log, new LogModel(LogLife.NAMESPACES, log.position())) {
      @Override
      protected ManualClocks clocks() {
        return broker.clocks();
      }

      @Override
      protected void commitSome(int most) {
        broker.commit(0, most);
      }

      @Override
      protected void failAll() {
        broker.fail(0);
      }

      @Override
      protected void tick() {
        broker.tick();
      }
    };
  }
}
