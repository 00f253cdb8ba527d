package dev.duet.bench;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Draft;
import java.util.concurrent.CompletionStage;
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

/// An append to the log in memory, committed when it returns, at the bounds of the default
/// retention: each lets an old one go. Nobody follows.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AppendBenchmark {
  private static final int HELD = 1_000;

  @Param({"1", "1000"})
  public int channels = 1;

  private final Draft draft = Samples.JSON_128.draft();
  private final Broker broker = new MemoryBroker(MemorySettings.of(Namespaces.DEFAULT));
  private String[] names = {};
  private int next;

  @Setup
  public void fill() {
    names = new String[channels];
    for (int i = 0; i < channels; i++) {
      names[i] = "channel-" + i;
    }
    for (int i = 0; i < HELD * Math.min(channels, 10); i++) {
      var unused = append();
    }
  }

  @Benchmark
  public CompletionStage<Receipt> append() {
    String channel = names[next];
    next = next + 1 == names.length ? 0 : next + 1;
    Log log = broker.logs().get(broker.logOf(channel));
    return log.append(channel, draft);
  }

  @TearDown
  public void close() {
    broker.close();
  }
}
