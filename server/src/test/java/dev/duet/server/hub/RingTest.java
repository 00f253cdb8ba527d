package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What [Ring] gives out.
final class RingTest {
  /// Whoever is far behind asks the ring before each page: that must not cost a walk over all that
  /// the ring has of the channel.
  @Test
  void aRangeThatIsGoneCostsNothing() {
    var ring = new Ring(4, 1 << 20, channel -> false);
    for (int offset = 1; offset <= 10; offset++) {
      ring.add(List.of(new Publication("h", offset, 0, Scene.draft(offset))), offset);
    }
    var untouched =
        new ArrayList<RingEntry>() {
          @Override
          public boolean add(RingEntry entry) {
            throw new AssertionError("collected, to be thrown away: " + entry.offset);
          }
        };

    assertThat(ring.collect("h", 3, 10, 0, 1 << 20, untouched)).isEqualTo(Ring.GONE);
    assertThat(ring.collect("h", 8, 10, 0, 1 << 20, new ArrayList<>())).isEqualTo(10);
  }
}
