package dev.duet.broker.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Follower;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Span;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What tests of delivery rely on in [LateBroker] beyond the contract.
class LateBrokerTest {
  private final LateBroker broker = new LateBroker(Namespaces.DEFAULT);
  private final Log log = broker.logs().getFirst();

  private static Draft text(String text) {
    return Draft.of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  private List<Item> read(String channel, long after) {
    return log.read(
            ReadRequest.forwards(List.of(Span.after(channel, after)), log.position(), 100, 1 << 20))
        .toCompletableFuture()
        .join()
        .items();
  }

  @Test
  void nothingIsCommittedUntilItIsSaid() {
    long start = log.position();
    var first = log.append("a", text("1")).toCompletableFuture();
    var second = log.append("a", text("2")).toCompletableFuture();
    assertThat(first).isNotDone();
    assertThat(log.position()).isEqualTo(start);
    assertThat(read("a", start)).isEmpty();

    broker.commit(0, 1);
    assertThat(first).isDone();
    assertThat(second).isNotDone();
    assertThat(read("a", start)).hasSize(1);

    broker.fail(0);
    assertThat(second.join()).isInstanceOf(Receipt.Failed.class);
    assertThat(read("a", start)).hasSize(1);
  }

  @Test
  void whatIsLostToFollowersCanBeRead() {
    var heard = new ArrayList<String>();
    log.follow(
        new Follower() {
          @Override
          public void advanced(List<Publication> publications, long upTo) {
            publications.forEach(one -> heard.add(new String(one.data(), StandardCharsets.UTF_8)));
          }

          @Override
          public void lost(long from, long to) {
            heard.add("lost");
            assertThat(to).isGreaterThan(from);
          }
        });
    long start = log.position();
    log.append("a", text("1"));
    log.append("a", text("2"));
    log.append("a", text("3"));
    broker.commit(0, 1);
    broker.lose(0, 1);
    broker.commitAll();
    assertThat(heard).containsExactly("1", "lost", "3");
    assertThat(read("a", start)).hasSize(3);
  }

  @Test
  void aHoleIsAGapBetweenThePublicationsAroundIt() {
    long start = log.position();
    log.append("a", text("1"));
    log.append("a", text("2"));
    log.append("a", text("3"));
    broker.commitAll();
    List<Item> before = read("a", start);
    long first = ((Publication) before.get(0)).offset();
    long second = ((Publication) before.get(1)).offset();
    broker.damage(0, first, second);
    assertThat(read("a", start))
        .containsExactly(
            before.get(0),
            new Gap("a", first, second, Gap.Reason.HOLE, false, false),
            before.get(2));
    assertThat(read("b", start))
        .containsExactly(new Gap("b", first, second, Gap.Reason.HOLE, false, false));
    assertThat(read("a", second)).containsExactly(before.get(2));
  }
}
