package dev.duet.bench;

import dev.duet.protocol.Draft;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// One publication, or a burst of them, from the append to the outlets of all its readers, through
/// the real hub: what a delivery costs before Netty and the kernel. Divide by the readers.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FanOutBenchmark {
  @Param({"1", "1000"})
  public int readers = 1;

  @Param({"1", "10"})
  public int burst = 1;

  private final Draft draft = Samples.JSON_128.draft();
  private final Delivery delivery = new Delivery();

  @Setup
  public void subscribe() {
    for (int i = 0; i < readers; i++) {
      var unused = delivery.open(null);
    }
    delivery.run();
    long before = delivery.offers();
    long sum = publish() - before;
    if (sum != readers) {
      throw new IllegalStateException(sum + " of " + readers + " readers got one write");
    }
  }

  @Benchmark
  public long publish() {
    for (int i = 0; i < burst; i++) {
      delivery.publish(draft);
    }
    delivery.run();
    return delivery.offers();
  }

  @TearDown
  public void close() {
    delivery.close();
  }
}
