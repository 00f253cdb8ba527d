package dev.duet.bench;

import dev.duet.protocol.Publication;
import dev.duet.server.hub.Wire;
import dev.duet.server.hub.Wires;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The frame of one publication, which is made once for all its readers of a wire form.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EncodeBenchmark {
  private static final String CURSOR = "i4b09.1795267345118000";

  /// The wire forms.
  public enum Form {
    SSE(Wires.SSE),
    SSE_ENVELOPE(Wires.SSE_ENVELOPE),
    NDJSON(Wires.NDJSON),
    SOCKET(Wires.SOCKET),
    SOCKET_ENVELOPE(Wires.SOCKET_ENVELOPE);

    private final Wire wire;

    Form(Wire wire) {
      this.wire = wire;
    }
  }

  @Param public Form form = Form.SSE;
  @Param public Samples payload = Samples.JSON_128;

  private Publication publication = Samples.JSON_128.publication();

  @Setup
  public void prepare() {
    publication = payload.publication();
  }

  @Benchmark
  public int frame() {
    ByteBuf frame = form.wire.publicationFrame(publication, CURSOR);
    int length = frame.readableBytes();
    frame.release();
    return length;
  }
}
