package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;

/// Any bytes as requests: no defect, nothing leaks, and the answers do not depend on how the bytes
/// are split.
class Http1FuzzTest {
  static final TransportOptions OPTIONS =
      TransportOptions.on("127.0.0.1", 0).withClocks(() -> 0, InstantSource.fixed(Instant.EPOCH));

  @FuzzTest
  void splitsDoNotMatter(FuzzedDataProvider data) {
    int piece = data.consumeInt(1, 64);
    byte[] bytes = data.consumeRemainingAsBytes();
    assertThat(answers(OPTIONS, bytes, piece))
        .isEqualTo(answers(OPTIONS, bytes, Math.max(1, bytes.length)));
  }

  static String answers(TransportOptions options, byte[] bytes, int piece) {
    var shared = new Shared(options, new EchoHandler());
    var socket =
        new EmbeddedChannel(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel accepted) {
                Connection.open(accepted, new Sweep(accepted.eventLoop(), shared));
              }
            });
    var answers = new StringBuilder();
    for (int from = 0; from < bytes.length && socket.isOpen(); from += piece) {
      socket.writeInbound(Unpooled.copiedBuffer(bytes, from, Math.min(piece, bytes.length - from)));
      socket.runPendingTasks();
      collect(socket, answers);
    }
    socket.finish();
    collect(socket, answers);
    assertThat(shared.connections()).isZero();
    return answers.toString();
  }

  private static void collect(EmbeddedChannel socket, StringBuilder to) {
    for (ByteBuf out = socket.readOutbound(); out != null; out = socket.readOutbound()) {
      to.append(out.toString(StandardCharsets.ISO_8859_1));
      out.release();
    }
  }
}
