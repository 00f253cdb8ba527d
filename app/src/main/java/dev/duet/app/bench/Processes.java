package dev.duet.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// CPU and memory of other processes, from Linux' `/proc` (proc(5)).
final class Processes {
  private static final int TICKS_PER_SECOND = 100;
  private static final int USER_AFTER_NAME = 11;
  private static final int SYSTEM_AFTER_NAME = 12;

  private final Path proc;
  private final List<Long> pids;

  /// @param proc where the file system is mounted
  Processes(Path proc, List<Long> pids) {
    this.proc = proc;
    this.pids = List.copyOf(pids);
  }

  /// What they have used of the CPUs so far, and the memory that they have now.
  ///
  /// @param cpuSeconds user and system time, to a hundredth of a second
  /// @param residentBytes resident memory: without what the kernel keeps for their sockets
  record Usage(double cpuSeconds, long residentBytes) {}

  boolean isEmpty() {
    return pids.isEmpty();
  }

  /// The sum over all of them.
  ///
  /// @throws BenchException if one is gone
  Usage usage() {
    double cpu = 0;
    long resident = 0;
    for (long pid : pids) {
      cpu += cpuSeconds(read(pid, "stat"));
      resident += residentBytes(read(pid, "status"));
    }
    return new Usage(cpu, resident);
  }

  private String read(long pid, String file) {
    try {
      return Files.readString(proc.resolve(Long.toString(pid)).resolve(file));
    } catch (IOException e) {
      throw new BenchException("there is no process " + pid + " (or no /proc that shows it)", e);
    }
  }

  /// The name, in parentheses, may hold anything, parentheses included.
  static double cpuSeconds(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks =
        Long.parseLong(fields[USER_AFTER_NAME]) + Long.parseLong(fields[SYSTEM_AFTER_NAME]);
    return (double) ticks / TICKS_PER_SECOND;
  }

  static long residentBytes(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .findFirst()
        .orElse(0);
  }

  /// How busy the machine's CPUs were between two readings of `/proc/stat`, from 0 to 1.
  static double busy(String before, String after) {
    long[] from = times(before);
    long[] to = times(after);
    long all = to[0] - from[0];
    return all <= 0 ? 0 : 1 - (double) (to[1] - from[1]) / all;
  }

  /// All time, and the idle part of it.
  private static long[] times(String stat) {
    String[] fields = stat.lines().findFirst().orElse("cpu 0 0 0 0 0").split(" +", -1);
    long all = 0;
    for (int i = 1; i < Math.min(fields.length, 9); i++) {
      all += Long.parseLong(fields[i]);
    }
    return new long[] {all, Long.parseLong(fields[4]) + Long.parseLong(fields[5])};
  }

  /// What `/proc/stat` says, or zeros where there is none.
  String machine() {
    try {
      return Files.readString(proc.resolve("stat"));
    } catch (IOException e) {
      return "cpu 0 0 0 0 0 0 0 0\n";
    }
  }
}
