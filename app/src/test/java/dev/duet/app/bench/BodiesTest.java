package dev.duet.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// The framings in which stamps come, cut at every place.
final class BodiesTest {
  private static final String A = "~db~r1~0~1~5~";
  private static final String B = "~db~r1~0~2~6~";

  private final List<Object> heard = new ArrayList<>();
  private final StampScanner scanner =
      new StampScanner(
          StampScanner.opening("r1"), (channel, sequence, due) -> heard.add("stamp " + sequence));

  private Body frames() {
    return frames(false);
  }

  private Body frames(boolean greeted) {
    return new FrameBody(
        scanner,
        new FrameBody.Control() {
          @Override
          public void greeting(ByteBuf beginning) {
            heard.add("greeting " + beginning.readableBytes());
          }

          @Override
          public void ping(ByteBuf payload) {
            heard.add("ping " + payload.toString(US_ASCII));
          }

          @Override
          public void close(int code) {
            heard.add("close " + code);
          }
        },
        greeted);
  }

  private void everyCut(ByteBuf bytes, Supplier<Body> body, Object... expected) {
    for (int cut = 0; cut <= bytes.readableBytes(); cut++) {
      heard.clear();
      Body cutBody = body.get();
      cutBody.take(bytes.copy(0, cut));
      cutBody.take(bytes.copy(cut, bytes.readableBytes() - cut));
      assertThat(heard).as("cut at %d", cut).containsExactly(expected);
    }
  }

  @Test
  void chunks() {
    String half = A.substring(0, 5);
    String chunks =
        "5;name=value\r\n" + half + "\r\n8\r\n" + A.substring(5) + "\r\n00D\r\n" + B + "\r\n";
    everyCut(
        Unpooled.copiedBuffer(chunks, US_ASCII),
        () -> new ChunkedBody(scanner),
        "stamp 1",
        "stamp 2");
  }

  @Test
  void theLastChunkEndsTheStream() {
    assertThatThrownBy(
            () -> new ChunkedBody(scanner).take(Unpooled.copiedBuffer("0\r\n\r\n", US_ASCII)))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("ended");
  }

  @Test
  void whatIsNoChunkIsToldAsThat() {
    assertThatThrownBy(
            () -> new ChunkedBody(scanner).take(Unpooled.copiedBuffer("data: x\n", US_ASCII)))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("chunks");
    assertThatThrownBy(
            () -> new ChunkedBody(scanner).take(Unpooled.copiedBuffer("1\r\nxyz", US_ASCII)))
        .isInstanceOf(BenchException.class);
  }

  @Test
  void framesOfEachLength() {
    ByteBuf frames = Unpooled.buffer();
    frames.writeByte(0x81).writeByte(A.length());
    frames.writeCharSequence(A, US_ASCII);
    frames.writeByte(0x89).writeByte(2);
    frames.writeCharSequence("hi", US_ASCII);
    String padded = "x".repeat(300) + B;
    frames.writeByte(0x82).writeByte(126).writeShort(padded.length());
    frames.writeCharSequence(padded, US_ASCII);
    frames.writeByte(0x81).writeByte(0);
    frames.writeByte(0x01).writeByte(127).writeLong(5);
    frames.writeCharSequence(A.substring(0, 5), US_ASCII);
    frames.writeByte(0x89).writeByte(0);
    frames.writeByte(0x80).writeByte(A.length() - 5);
    frames.writeCharSequence(A.substring(5), US_ASCII);
    frames.writeByte(0x88).writeByte(2).writeShort(1012);
    everyCut(
        frames, this::frames, "stamp 1", "ping hi", "stamp 2", "ping ", "stamp 1", "close 1012");
  }

  @Test
  void theBeginningOfTheFirstMessage() {
    ByteBuf frames = Unpooled.buffer().writeByte(0x81).writeByte(126).writeShort(300);
    frames.writeZero(300).writeByte(0x81).writeByte(1).writeZero(1);
    everyCut(frames, () -> frames(true), "greeting 200");
  }

  @Test
  void aCloseWithoutACode() {
    frames().take(Unpooled.wrappedBuffer(new byte[] {(byte) 0x88, 0}));
    assertThat(heard).containsExactly("close 1005");
  }

  @Test
  void framesThatNoServerMaySend() {
    assertRefused("masks", 0x81, 0x80);
    assertRefused("extension", 0xc1, 0);
    assertRefused("too long", 0x89, 126);
    assertRefused("2 GiB", 0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0);
  }

  private void assertRefused(String why, int... bytes) {
    ByteBuf frame = Unpooled.buffer();
    for (int b : bytes) {
      frame.writeByte(b);
    }
    assertThatThrownBy(() -> frames().take(frame))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining(why);
  }

  @Test
  void headsWithTheirFields() {
    String text =
        "HTTP/1.1 200 Fine\r\nContent-Type: x\r\ntransfer-encoding:  chunked \r\n\r\nrest";
    ByteBuf bytes = Unpooled.copiedBuffer(text, US_ASCII);
    for (int cut = 0; cut < text.length() - 4; cut++) {
      var head = new Head();
      assertThat(head.take(bytes.copy(0, cut))).isFalse();
      ByteBuf rest = bytes.copy(cut, text.length() - cut);
      assertThat(head.take(rest)).isTrue();
      assertThat(rest.toString(US_ASCII)).isEqualTo("rest");
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.firstLine()).isEqualTo("HTTP/1.1 200 Fine");
      assertThat(head.chunked()).isTrue();
      assertThat(head.field("Missing")).isEmpty();
    }
    assertThatThrownBy(() -> new Head().take(Unpooled.copiedBuffer("SSH-2.0\r\n\r\n", US_ASCII)))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("SSH-2.0");
    assertThatThrownBy(() -> new Head().take(Unpooled.buffer().writeZero(40_000)))
        .isInstanceOf(BenchException.class);
  }
}
