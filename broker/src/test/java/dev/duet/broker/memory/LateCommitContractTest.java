package dev.duet.broker.memory;

import dev.duet.broker.Bench;
import dev.duet.broker.CommitContract;
import dev.duet.broker.Namespaces;

class LateCommitContractTest extends CommitContract {
  @Override
  protected Held open(Namespaces namespaces) {
    var broker = new LateBroker(namespaces);
    var bench =
        new Bench(
            broker,
            time -> {
              broker.advance(time);
              while (broker.tick()) {}
            },
            broker::commitAll);
    return new Held() {
      @Override
      public Bench bench() {
        return bench;
      }

      @Override
      public void commit(int count) {
        broker.commit(0, count);
      }

      @Override
      public void fail() {
        broker.fail(0);
      }
    };
  }
}
