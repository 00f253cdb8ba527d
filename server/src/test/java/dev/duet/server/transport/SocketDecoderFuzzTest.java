package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.duet.server.exchange.SocketLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/// Any bytes: no exception, and the same is heard whole and in pieces.
class SocketDecoderFuzzTest {
  private static final SocketLimits LIMITS = new SocketLimits(4_096, 8);

  @FuzzTest
  void splitsDoNotMatter(FuzzedDataProvider data) {
    int piece = data.consumeInt(1, 16);
    byte[] bytes = data.consumeRemainingAsBytes();
    List<String> whole = decode(bytes, Math.max(1, bytes.length));
    assertThat(decode(bytes, piece)).isEqualTo(whole);
  }

  private static List<String> decode(byte[] bytes, int piece) {
    var heard = new SocketDecoderTest.Heard();
    var decoder = new SocketDecoder(LIMITS, heard);
    for (int from = 0; from < bytes.length; from += piece) {
      ByteBuf part = Unpooled.wrappedBuffer(bytes, from, Math.min(piece, bytes.length - from));
      while (decoder.next(part)) {
        continue;
      }
    }
    return heard.events;
  }
}
