package dev.duet.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.memory.LateBroker;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class JoinedBrokerTest {
  private static LateBroker broker(Namespaces namespaces, String... logs) {
    return new LateBroker(
        namespaces, List.of(logs), channel -> channel.endsWith("2") ? 1 : 0, logs[0].hashCode());
  }

  private final LateBroker one = broker(Namespaces.DEFAULT, "a", "b");
  private final LateBroker two = broker(Namespaces.DEFAULT, "c", "d");
  private final JoinedBroker joined =
      new JoinedBroker(List.of(one, two), channel -> channel.startsWith("x") ? 1 : 0);

  @Test
  void itsLogsAreTheirsInOrder() {
    assertThat(joined.logs()).extracting(Log::name).containsExactly("a", "b", "c", "d");
    assertThat(joined.logs().get(joined.logOf("x1"))).isSameAs(two.logs().get(0));
    assertThat(joined.logs().get(joined.logOf("x2"))).isSameAs(two.logs().get(1));
    assertThat(joined.logs().get(joined.logOf("y2"))).isSameAs(one.logs().get(1));
  }

  @Test
  void aChannelIsInItsLogAlone() {
    CompletableFuture<Receipt> receipt =
        joined.logs().get(joined.logOf("x2")).append("x2", Bench.text("t")).toCompletableFuture();
    one.commitAll();
    assertThat(receipt).isNotDone();
    two.commitAll();
    assertThat(receipt).isCompletedWithValueMatching(Receipt.Appended.class::isInstance);
    assertThat(two.channels(1)).isEqualTo(1);
    assertThat(two.channels(0) + one.channels(0) + one.channels(1)).isZero();
  }

  @Test
  void itCanWhatAllCan() {
    assertThat(joined.capabilities()).isEqualTo(one.capabilities());
    var shared = new OfCapabilities(two, new Capabilities(true, false));
    assertThat(new JoinedBroker(List.of(one, shared), channel -> 0).capabilities())
        .isEqualTo(new Capabilities(false, false));
    assertThat(new JoinedBroker(List.of(shared), channel -> 0).capabilities())
        .isEqualTo(new Capabilities(true, false));
  }

  @Test
  void closingClosesAllAlsoWhenOneFails() {
    var failing = new OfCapabilities(two, new Capabilities(false, true));
    failing.fails = true;
    var all = new JoinedBroker(List.of(one, failing), channel -> 0);
    assertThatThrownBy(all::close).hasMessage("the test says so");
    assertThat(closed(one)).isTrue();
    assertThat(failing.closed).isTrue();
  }

  private static boolean closed(Broker broker) {
    Receipt receipt =
        broker.logs().getFirst().append("y", Bench.text("t")).toCompletableFuture().join();
    return receipt instanceof Receipt.Failed;
  }

  @Test
  void brokersThatCannotBeJoinedAreRefused() {
    assertThatThrownBy(() -> new JoinedBroker(List.of(), channel -> 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new JoinedBroker(List.of(one, one), channel -> 0))
        .hasMessageContaining("'a'");
    LateBroker other = broker(Bench.namespaces("only", Retention.DEFAULT), "e", "f");
    assertThatThrownBy(() -> new JoinedBroker(List.of(one, other), channel -> 0))
        .hasMessageContaining("same namespaces");
  }

  @Test
  void aBrokerWithoutLogsMayBeAmongThem() {
    var none = new LateBroker(Namespaces.DEFAULT, List.of(), channel -> 0, 1);
    var all = new JoinedBroker(List.of(none, two), channel -> 1);
    assertThat(all.logs()).isEqualTo(two.logs());
    assertThat(all.logOf("x2")).isEqualTo(1);
  }

  /// A broker with other capabilities.
  private static final class OfCapabilities implements ForwardingBroker {
    private final Broker broker;
    private final Capabilities capabilities;
    boolean fails;
    boolean closed;

    OfCapabilities(Broker broker, Capabilities capabilities) {
      this.broker = broker;
      this.capabilities = capabilities;
    }

    @Override
    public Broker broker() {
      return broker;
    }

    @Override
    public Capabilities capabilities() {
      return capabilities;
    }

    @Override
    public void close() {
      closed = true;
      broker.close();
      if (fails) {
        throw new IllegalStateException("the test says so");
      }
    }
  }
}
