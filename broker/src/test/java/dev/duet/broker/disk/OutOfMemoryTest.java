package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongBinaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Memory is short at any allocation of a log, one after the other: the log goes on, everybody is
/// answered, what was acknowledged is there, and what was refused is not.
class OutOfMemoryTest {
  /// Failures that are shown of one test.
  private static final int SHOWN = 12;

  private final Logger quiet = Logger.getLogger("dev.duet.broker.disk");

  @BeforeEach
  void beQuiet() {
    quiet.setLevel(Level.OFF);
  }

  @AfterEach
  void beLoud() {
    quiet.setLevel(null);
  }

  private static LongBinaryOperator scene(ShortOfMemory loader, String durability, boolean ends)
      throws ReflectiveOperationException {
    return (LongBinaryOperator)
        loader
            .loadClass(OutOfMemoryScene.class.getName())
            .getConstructor(String.class, boolean.class)
            .newInstance(durability, ends);
  }

  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  @ParameterizedTest
  @CsvSource({
    "OS, false, 1",
    "OS, false, 3",
    "OS, true, 1",
    "DISK, false, 1",
    "DISK, false, 20",
    "DISK, true, 1"
  })
  void anyAllocationMayFail(String durability, boolean ends, long howMany)
      throws ReflectiveOperationException {
    var loader = new ShortOfMemory();
    long all = scene(loader, durability, ends).applyAsLong(Long.MAX_VALUE / 2, 1);
    assertThat(all).isGreaterThan(100);
    List<Throwable> failures = new ArrayList<>();
    int harmful = 0;
    for (long n = 1; n <= all; n++) {
      try {
        var unused = scene(loader, durability, ends).applyAsLong(n, howMany);
      } catch (RuntimeException | Error e) {
        harmful++;
        if (failures.size() < SHOWN) {
          failures.add(new AssertionError(n + ": " + e.getMessage(), ShortOfMemory.thrown()));
        }
      }
    }
    if (harmful > 0) {
      var failure = new AssertionError(harmful + " of " + all + " allocations did harm");
      failures.forEach(failure::addSuppressed);
      throw failure;
    }
  }
}
