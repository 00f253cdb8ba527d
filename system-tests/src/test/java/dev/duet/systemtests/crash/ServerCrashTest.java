package dev.duet.systemtests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A server that is killed under load, again and again, loses nothing that it has acknowledged,
/// stores nothing twice, and tells every reader the truth. `./crash 300` is the same for longer.
class ServerCrashTest {
  private static final int ROUNDS = Integer.getInteger("duet.crash.rounds", 10);
  private static final long SEED =
      Long.getLong("duet.crash.seed", new Random().nextLong(1_000_000));
  private static final int TOLD = 25;
  private static final Layout LAYOUT = Layout.of(wished -> wished);
  private static final Layout IN_MEMORY = Layout.of(any -> Durability.MEMORY);

  @Test
  @Timeout(36_000)
  void nothingIsLostOrTwiceOrUntold() throws Exception {
    Path directory = directory();
    judge(process(directory, LAYOUT, ROUNDS), "directory " + directory);
    delete(directory);
  }

  /// Its disk fails, is slow and fills up, and the server dies at any write.
  @Test
  @Timeout(36_000)
  void norWhenTheDiskFails() throws Exception {
    judge(faulty(LAYOUT, false), "a failing disk");
  }

  /// And the power goes, with what was not synced.
  @Test
  @Timeout(36_000)
  void norWhenThePowerGoes() throws Exception {
    judge(faulty(Layout.of(any -> Durability.DISK), true), "power losses");
  }

  /// The same on a log in memory: what it forgets is found.
  @Test
  @Timeout(300)
  void aServerThatForgetsIsFound() throws Exception {
    Path directory = directory();
    try (Crashes crashes = process(directory, IN_MEMORY, 1)) {
      List<Broken> broken = crashes.run().verdict().broken();
      assertThat(broken).extracting(Broken::rule).contains(Broken.Rule.LOST, Broken.Rule.LOG_ID);
    }
    delete(directory);
  }

  /// And one that is not killed keeps every rule, in memory as well.
  @Test
  @Timeout(300)
  void withoutAKillNothingIsFound() throws Exception {
    Path directory = directory();
    judge(process(directory, IN_MEMORY, 0), "in memory");
    delete(directory);
  }

  private static Crashes process(Path directory, Layout layout, int rounds) throws IOException {
    return new Crashes(
        layout, new ServerProcess(directory, layout, new Random(SEED)), rounds, SEED);
  }

  private static Crashes faulty(Layout layout, boolean losesPower) throws IOException {
    var server = new ServerOnFaultyDisk(layout.namespaces(), losesPower, new Random(SEED));
    return new Crashes(layout, server, ROUNDS, SEED);
  }

  private static void judge(Crashes crashes, String what) throws Exception {
    String where = "seed " + SEED + ", " + what;
    try (crashes) {
      Crashes.Outcome outcome = crashes.run();
      System.out.println(outcome.report() + where);
      List<Broken> broken = outcome.verdict().broken();
      assertThat(broken.stream().limit(TOLD))
          .as("%d rules broken, %s", broken.size(), where)
          .isEmpty();
    } catch (IOException | RuntimeException e) {
      throw new AssertionError(where, e);
    }
  }

  /// On the disk that the build is on: what is kept in memory takes no time to sync.
  private static Path directory() throws IOException {
    Path parent = Files.createDirectories(Path.of("target", "crash").toAbsolutePath());
    return Files.createTempDirectory(parent, "run");
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException failed)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
