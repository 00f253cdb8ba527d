package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What an application leans on that renders a state and lets its page follow.
class StampWireTest {
  /// An application that writes to its database and then publishes; a page that takes the cursor,
  /// then reads the database, then follows: it has every change, whatever came between.
  @Test
  void aCursorTakenBeforeAReadMissesNothing() throws InterruptedException {
    int most = 300;
    var database = new AtomicInteger();
    try (Live live = new Live()) {
      Thread publisher =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int number = 1; number <= most; number++) {
                      database.set(number);
                      live.publish("/channels/hello-stamp", "n=" + number + ";");
                    }
                  });
      for (int page = 0; page < 20; page++) {
        String cursor = live.cursor();
        int read = database.get();
        try (Live.Raw raw = live.events("/channels/hello-stamp?since=" + cursor)) {
          if (read < most) {
            String got = raw.until("n=" + most + ";");
            List<Integer> numbers =
                Pattern.compile("n=(\\d+);")
                    .matcher(got)
                    .results()
                    .map(match -> Integer.valueOf(match.group(1)))
                    .toList();
            assertThat(numbers).containsAll(IntStream.rangeClosed(read + 1, most).boxed().toList());
            assertThat(numbers).isSorted().doesNotHaveDuplicates();
          }
        }
      }
      publisher.join();
    }
  }

  @Test
  void aGapOfALatestChannelSaysThatTheWholeStateFollows() {
    try (Live live = new Live()) {
      live.publish("/channels/state?key=a", "old");
      live.publish("/channels/state?key=b", "two");
      live.publish("/channels/state?key=a", "new");
      try (Live.Raw raw = live.events("/channels/state", "last-event-id: zzzzz.7")) {
        String got = raw.until("duet.live");

        assertThat(got)
            .containsSubsequence(
                "event: duet.gap",
                "\"channel\":\"state\"",
                "\"state\":true",
                "data: two",
                "data: new",
                "duet.live");
        assertThat(got).doesNotContain("old");
      }
    }
  }
}
