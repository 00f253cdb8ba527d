package dev.duet.bench;

import dev.duet.server.hub.JsonBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A text as a JSON string, and as lines of an event: as it is done, piece by piece into the
/// buffer, and through an array of bytes that is copied once. Which one is used is decided by this.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TextBenchmark {
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  @Param({"TEXT_128", "LINES_4K", "QUOTES_4K"})
  public Samples text = Samples.TEXT_128;

  private final ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(64 << 10);

  @Benchmark
  public int stringByPieces() {
    out.clear();
    JsonBytes.string(out, text.text());
    return out.writerIndex();
  }

  @Benchmark
  public int stringByArray() {
    out.clear();
    byte[] in = text.text().getBytes(StandardCharsets.UTF_8);
    byte[] made = new byte[2 + in.length * 6];
    int at = 0;
    made[at++] = '"';
    for (byte b : in) {
      if (b == '"' || b == '\\' || (b >= 0 && b < 0x20)) {
        made[at++] = '\\';
        if (b >= 0x20) {
          made[at++] = b;
        } else if (b == '\n' || b == '\r' || b == '\t') {
          made[at++] = (byte) (b == '\n' ? 'n' : b == '\r' ? 'r' : 't');
        } else {
          made[at++] = 'u';
          made[at++] = '0';
          made[at++] = '0';
          made[at++] = HEX[b >> 4];
          made[at++] = HEX[b & 15];
        }
      } else {
        made[at++] = b;
      }
    }
    made[at++] = '"';
    out.writeBytes(made, 0, at);
    return out.writerIndex();
  }

  @Benchmark
  public int linesByPieces() {
    out.clear();
    byte[] in = text.data();
    int from = 0;
    for (int i = 0; i <= in.length; i++) {
      if (i == in.length || in[i] == '\n' || in[i] == '\r') {
        JsonBytes.ascii(out, "data: ");
        out.writeBytes(in, from, i - from);
        out.writeByte('\n');
        if (i + 1 < in.length && in[i] == '\r' && in[i + 1] == '\n') {
          i++;
        }
        from = i + 1;
      }
    }
    return out.writerIndex();
  }

  @Benchmark
  public int linesByArray() {
    out.clear();
    byte[] in = text.data();
    int lines = 1;
    for (byte b : in) {
      if (b == '\n' || b == '\r') {
        lines++;
      }
    }
    byte[] made = new byte[in.length + lines * (DATA.length + 1)];
    int at = 0;
    int from = 0;
    for (int i = 0; i <= in.length; i++) {
      if (i == in.length || in[i] == '\n' || in[i] == '\r') {
        System.arraycopy(DATA, 0, made, at, DATA.length);
        at += DATA.length;
        System.arraycopy(in, from, made, at, i - from);
        at += i - from;
        made[at++] = '\n';
        if (i + 1 < in.length && in[i] == '\r' && in[i + 1] == '\n') {
          i++;
        }
        from = i + 1;
      }
    }
    out.writeBytes(made, 0, at);
    return out.writerIndex();
  }

  @TearDown
  public void release() {
    out.release();
  }
}
