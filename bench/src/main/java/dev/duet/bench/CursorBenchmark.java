package dev.duet.bench;

import dev.duet.protocol.Cursor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// A cursor from its text and back: once for each stream that begins, once for each publication.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CursorBenchmark {
  @Param({"i4b09.1795267345118182", "i4b09.1795267345118182~k3x9a.17~zz9ab.90071992547409"})
  public String text = "";

  private Cursor cursor = Cursor.NONE;

  @Setup
  public void prepare() {
    cursor = Cursor.parse(text);
  }

  @Benchmark
  public Cursor parse() {
    return Cursor.parse(text);
  }

  @Benchmark
  public String format() {
    return cursor.toString();
  }
}
