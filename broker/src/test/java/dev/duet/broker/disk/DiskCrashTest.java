package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.disk.store.MemoryFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Thousands of short lives of logs on a disk that loses, tears, fails and fills up, under
/// processes that die anywhere. A [CrashWitness] keeps what was told to publishers and readers, and
/// says after each start what must be there. `-Dduet.seed=` lives one alone, `-Dduet.lives=` as
/// many, from `-Dduet.first=` on.
class DiskCrashTest {
  private static final int LIVES = Integer.getInteger("duet.lives", 1_500);
  private static final Logger OPERATOR = Logger.getLogger("dev.duet.broker.disk");
  private static final int STEPS = 60;

  @BeforeAll
  static void doNotTellOfEveryFault() {
    OPERATOR.setLevel(Level.OFF);
  }

  @AfterAll
  static void tellAgain() {
    OPERATOR.setLevel(null);
  }

  @Test
  void nothingThatWasPromisedIsLost() throws Exception {
    Long only = Long.getLong("duet.seed");
    long first = only == null ? Long.getLong("duet.first", 1) : only;
    Map<String, Integer> counts = new TreeMap<>();
    for (long seed = first; seed < first + (only == null ? LIVES : 1); seed++) {
      var life = new CrashLife(seed, counts);
      try {
        life.live(STEPS);
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + "; last steps " + life.trace(), e);
      }
    }
    if (only == null && LIVES >= 1_000) {
      assertThat(counts)
          .containsKeys(
              "clean",
              "kill",
              "power",
              "died",
              "double",
              "not opened",
              "damaged",
              "indexes damaged");
    }
    System.Logger log = System.getLogger("lives");
    log.log(System.Logger.Level.INFO, "lives of logs on disk: {0}", counts);
  }

  @Test
  void aCopyOfTheFolderHasOtherIds() throws Exception {
    for (long seed = 1; seed <= 20; seed++) {
      var life = new CrashLife(seed, new TreeMap<>());
      life.faultless();
      life.live(20);
      List<String> before = life.ids();
      MemoryFolder copy = life.stop(new Random(seed).nextBoolean()).copy();
      life.goOn(copy);
      List<String> after = new ArrayList<>(life.ids());
      assertThat(after).hasSameSizeAs(before).doesNotContainAnyElementsOf(before);
      assertThat(life.durabilities()).containsExactly(Durability.OS, Durability.DISK);
    }
  }
}
