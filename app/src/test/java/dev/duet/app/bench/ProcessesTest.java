package dev.duet.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessesTest {
  @TempDir Path proc;

  private void process(int pid, String name, int user, int system, int kib) throws IOException {
    Path directory = Files.createDirectory(proc.resolve(Integer.toString(pid)));
    Files.writeString(
        directory.resolve("stat"),
        "%d (%s) S 1 2 3 4 5 6 7 8 9 10 %d %d 0 0 20 0 1 0 5\n".formatted(pid, name, user, system));
    Files.writeString(
        directory.resolve("status"), "Name:\tx\nVmHWM:\t 999999 kB\nVmRSS:\t  " + kib + " kB\n");
  }

  @Test
  void addsUpWhatAllHaveUsed() throws IOException {
    process(7, "java", 150, 50, 2_048);
    process(8, "a) b (c", 25, 25, 1_024);
    Processes.Usage usage = new Processes(proc, List.of(7L, 8L)).usage();
    assertThat(usage.cpuSeconds()).isCloseTo(2.5, within(1e-9));
    assertThat(usage.residentBytes()).isEqualTo(3 << 20);
  }

  @Test
  void aProcessThatIsGoneIsSaid() {
    assertThatThrownBy(() -> new Processes(proc, List.of(99L)).usage())
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("no process 99");
  }

  @Test
  void howBusyTheMachineWas() {
    assertThat(
            Processes.busy(
                "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2",
                "cpu  150 0 110 840 0 0 0 0 0 0\ncpu0 1 2"))
        .isCloseTo(0.6, within(1e-9));
    assertThat(Processes.busy("cpu 0 0 0 0 0 0 0 0", "cpu 0 0 0 0 0 0 0 0")).isZero();
  }
}
