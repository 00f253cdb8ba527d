package dev.duet.app.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether this process may have as many connections as a run needs.
///
/// @param most files that it may have open
/// @param open files that it has open now
/// @param ports ports that the system gives to outgoing connections to one address
record OpenFiles(long most, long open, long ports) {
  private static final Path PORTS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,5})\\s+([0-9]{1,5})");

  static OpenFiles ofThisProcess() {
    long ports = localPorts();
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? new OpenFiles(
            system.getMaxFileDescriptorCount(), system.getOpenFileDescriptorCount(), ports)
        : new OpenFiles(Long.MAX_VALUE, 0, ports);
  }

  /// Where the system does not say, the connections will tell.
  private static long localPorts() {
    try {
      Matcher range = RANGE.matcher(Files.readString(PORTS).strip());
      return range.matches()
          ? Long.parseLong(range.group(2)) - Long.parseLong(range.group(1)) + 1
          : Long.MAX_VALUE;
    } catch (IOException e) {
      return Long.MAX_VALUE;
    }
  }

  /// @throws BenchException if they do not suffice, saying what would
  void require(Plan plan) {
    long needed = open + plan.files();
    if (needed > most) {
      throw new BenchException(
          "%,d subscribers need %,d open files, and this process may have %,d: 'ulimit -n %d' before it raises that, up to what 'ulimit -Hn' says"
              .formatted(plan.load().subscribers(), needed, most, needed));
    }
    if (plan.load().subscribers() > ports) {
      throw new BenchException(
          "%,d subscribers need as many ports of this machine, and it gives out %,d: 'sysctl net.ipv4.ip_local_port_range' says which"
              .formatted(plan.load().subscribers(), ports));
    }
  }
}
