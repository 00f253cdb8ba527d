package dev.duet.broker;

import dev.duet.broker.memory.LateBroker;
import java.util.List;

/// The channels of the clauses live in the second broker, those that keep nothing in the first.
class JoinedBrokerContractTest extends BrokerContract {
  @Override
  protected Bench openBench(Namespaces namespaces) {
    var fleeting = new LateBroker(namespaces, List.of("fleeting"), channel -> 0, 1);
    var kept = new LateBroker(namespaces, List.of("kept"), channel -> 0, 2);
    var joined =
        new JoinedBroker(
            List.of(fleeting, kept),
            channel -> {
              Namespace namespace = namespaces.of(channel);
              boolean none =
                  namespace != null && namespace.retention().mode() == Retention.Mode.NONE;
              return none ? 0 : 1;
            });
    return new Bench(
        joined,
        time -> {
          for (LateBroker one : List.of(fleeting, kept)) {
            one.advance(time);
            while (one.tick()) {}
          }
        },
        () -> {
          fleeting.commitAll();
          kept.commitAll();
        });
  }
}
