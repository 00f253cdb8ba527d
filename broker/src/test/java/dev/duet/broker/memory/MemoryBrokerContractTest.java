package dev.duet.broker.memory;

import dev.duet.broker.Bench;
import dev.duet.broker.BrokerContract;
import dev.duet.broker.Namespaces;

class MemoryBrokerContractTest extends BrokerContract {
  @Override
  protected Bench openBench(Namespaces namespaces) {
    var clocks = new ManualClocks();
    var broker =
        new MemoryBroker(MemorySettings.of(namespaces).withClocks(clocks.wall(), clocks::nanos));
    return new Bench(
        broker,
        time -> {
          clocks.advance(time);
          while (broker.tick()) {}
        },
        () -> {});
  }
}
