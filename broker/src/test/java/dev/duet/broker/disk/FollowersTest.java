package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Followers of a log on disk.
class FollowersTest {
  private interface Takes extends Follower {
    @Override
    default void lost(long from, long to) {}

    @Override
    default void trimmed(String channel, long upTo) {}
  }

  /// And is told that it missed what it could not take.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatFailsHoldsUpNobody(boolean error) {
    var namespaces =
        new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, Durability.DISK)));
    var broker =
        new LateDiskBroker(
            namespaces, new MemoryFolder(1), new ManualClocks(), 1, false, settings -> settings);
    DiskLog log = broker.log(0);
    var unused = log.watch("chat").toCompletableFuture().join();
    List<Publication> heard = new ArrayList<>();
    List<Long> missed = new ArrayList<>();
    Follower fails =
        new Follower() {
          @Override
          public void advanced(List<Publication> publications, long upTo) {
            if (error) {
              throw new LinkageError("a follower of the test fails");
            }
            throw new IllegalStateException("a follower of the test fails");
          }

          @Override
          public void lost(long from, long to) {
            missed.add(to);
            throw new IllegalStateException("a follower of the test fails again");
          }
        };
    Takes hears = (publications, upTo) -> heard.addAll(publications);
    try (broker) {
      var first = log.follow(fails);
      var second = log.follow(hears);
      for (int i = 1; i <= 3; i++) {
        Receipt receipt = log.append("chat", Draft.text("a")).toCompletableFuture().join();
        assertThat(receipt).isInstanceOf(Receipt.Appended.class);
        assertThat(log.position()).isEqualTo(((Receipt.Appended) receipt).offset());
        assertThat(heard).hasSize(i);
        assertThat(missed).isEqualTo(heard.stream().map(Publication::offset).toList());
      }
      first.handle().run();
      second.handle().run();
    }
  }
}
