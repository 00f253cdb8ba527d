package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.disk.store.Faults.Operation;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A file of lines that is replaced as a whole is the old one or the new one, whatever happens.
class TextFileCrashTest {
  private static final String NAME = "manifest";
  private static final List<String> OLD = List.of("old", "x".repeat(3000));
  private static final List<String> NEW = List.of("new", "y".repeat(5000), "z");

  @Test
  void itIsOldOrNewWhereverTheProcessDies() throws IOException {
    Set<List<String>> seen = new HashSet<>();
    for (int seed = 0; seed < 300; seed++) {
      for (int n = 1; n <= 5; n++) {
        MemoryFolder folder = written(seed);
        folder.faults().dieIn(n);
        try {
          new TextFile(folder, NAME).write(NEW);
          assertThat(n).as("create, write, force, rename, sync").isGreaterThan(5);
        } catch (Killed e) {
          MemoryFolder next = seed % 2 == 0 ? folder.crash() : folder.kill();
          List<String> lines = new TextFile(next, NAME).read();
          assertThat(lines).isIn(OLD, NEW);
          seen.add(lines);
          new TextFile(next, NAME).write(NEW);
          assertThat(new TextFile(next.crash(), NAME).read()).isEqualTo(NEW);
        }
      }
    }
    assertThat(seen).hasSize(2);
  }

  @Test
  void itIsOldOrNewWhateverFails() throws IOException {
    Set<List<String>> seen = new HashSet<>();
    for (int seed = 0; seed < 300; seed++) {
      MemoryFolder folder = written(seed);
      for (Operation operation : Operation.values()) {
        folder.faults().failSometimes(operation, 0.2);
      }
      boolean failed = false;
      try {
        new TextFile(folder, NAME).write(NEW);
      } catch (IOException e) {
        failed = true;
      }
      List<String> lines = new TextFile(folder.crash(), NAME).read();
      assertThat(lines).isIn(OLD, NEW);
      if (!failed) {
        assertThat(lines).isEqualTo(NEW);
      }
      seen.add(lines);
      assertThat(folder.faults().open()).isZero();
    }
    assertThat(seen).hasSize(2);
  }

  private static MemoryFolder written(int seed) throws IOException {
    var folder = new MemoryFolder(seed);
    new TextFile(folder, NAME).write(OLD);
    return folder;
  }
}
