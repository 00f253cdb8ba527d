package dev.duet.broker.memory;

import dev.duet.broker.Bench;
import dev.duet.broker.BrokerContract;
import dev.duet.broker.Namespaces;

class LateBrokerContractTest extends BrokerContract {
  @Override
  protected Bench openBench(Namespaces namespaces) {
    var broker = new LateBroker(namespaces);
    return new Bench(
        broker,
        time -> {
          broker.advance(time);
          while (broker.tick()) {}
        },
        broker::commitAll);
  }
}
