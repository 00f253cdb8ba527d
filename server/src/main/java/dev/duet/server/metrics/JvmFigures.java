package dev.duet.server.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.TreeMap;

/// The process and its virtual machine, under the names that Prometheus' own libraries use.
final class JvmFigures {
  private JvmFigures() {}

  static void add(Families to) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    MemoryUsage heap = memory.getHeapMemoryUsage();
    MemoryUsage rest = memory.getNonHeapMemoryUsage();
    to.gauge(
        "jvm_memory_used_bytes",
        "Memory in use",
        "area",
        Map.of("heap", heap.getUsed(), "nonheap", rest.getUsed()));
    to.gauge(
        "jvm_memory_committed_bytes",
        "Memory taken from the system",
        "area",
        Map.of("heap", heap.getCommitted(), "nonheap", rest.getCommitted()));
    to.gauge("jvm_memory_max_bytes", "Most memory", "area", Map.of("heap", heap.getMax()));
    var pools = new TreeMap<String, Long>();
    for (var pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      pools.put(pool.getName(), pool.getMemoryUsed());
    }
    to.gauge("jvm_buffer_pool_used_bytes", "Memory of buffers", "pool", pools);
    var counts = new TreeMap<String, Long>();
    double seconds = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      counts.put(collector.getName(), collector.getCollectionCount());
      seconds += collector.getCollectionTime() / 1e3;
    }
    to.counter("jvm_gc_collections", "Collections of garbage", "gc", counts);
    to.counter("jvm_gc_seconds", "Time that these took together", seconds);
    to.gauge(
        "jvm_threads_current",
        "Threads of the platform",
        ManagementFactory.getThreadMXBean().getThreadCount());
    to.gauge(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      to.counter("process_cpu_seconds", "Time of processors", unix.getProcessCpuTime() / 1e9);
      to.gauge("process_open_fds", "Open file descriptors", unix.getOpenFileDescriptorCount());
      to.gauge("process_max_fds", "Most open file descriptors", unix.getMaxFileDescriptorCount());
    }
  }
}
