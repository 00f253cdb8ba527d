package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Follower;
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
    DiskScene scene = new DiskScene(1, Durability.DISK).open();
    DiskLog log = scene.log();
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
    var first = log.follow(fails);
    var second = log.follow(hears);
    for (int i = 1; i <= 3; i++) {
      long offset = scene.mustPublish();
      assertThat(log.position()).isEqualTo(offset);
      assertThat(heard).hasSize(i);
      assertThat(missed).isEqualTo(heard.stream().map(Publication::offset).toList());
    }
    first.handle().run();
    second.handle().run();
    scene.stop();
  }
}
