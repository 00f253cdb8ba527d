package dev.duet.bench;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.server.hub.Subscription;
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

/// A reader that comes back with a cursor, gets what it missed out of the ring, is live, and goes.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CatchUpBenchmark {
  @Param({"0", "20", "500"})
  public int missed;

  private final Draft draft = Samples.JSON_128.draft();
  private final Delivery delivery = new Delivery();
  private Cursor cursor = Cursor.NONE;

  @Setup
  public void publish() {
    delivery.publish(draft);
    cursor = delivery.now();
    for (int i = 0; i < missed; i++) {
      delivery.publish(draft);
    }
    long before = delivery.bytes();
    if (comeBack() - before < (long) missed * draft.data().length) {
      throw new IllegalStateException("not all that was missed came");
    }
  }

  @Benchmark
  public long comeBack() {
    Subscription subscription = delivery.open(cursor);
    delivery.run();
    subscription.close();
    delivery.run();
    return delivery.bytes();
  }

  @TearDown
  public void close() {
    delivery.close();
  }
}
