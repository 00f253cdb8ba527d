package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.CloseCode;
import dev.duet.server.exchange.SocketLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random conversations, fragmented, interleaved and split at random, come out as they went in.
class SocketDecoderTest {
  private static final int ROUNDS = 2_000;
  private static final String LETTERS = "aé€\uD83D\uDE00";

  /// One thing that a client says: its frames, and what the decoder must tell.
  record Said(List<byte[]> frames, List<String> heard) {}

  static final class Heard implements SocketDecoder.Sink {
    final List<String> events = new ArrayList<>();

    @Override
    public void text(byte[] message) {
      events.add("text " + new String(message, StandardCharsets.UTF_8));
    }

    @Override
    public void binary(byte[] message) {
      events.add("binary " + Arrays.hashCode(message) + " " + message.length);
    }

    @Override
    public void ping(byte[] payload) {
      events.add("ping " + Arrays.hashCode(payload));
    }

    @Override
    public void pong() {
      events.add("pong");
    }

    @Override
    public void closeReceived(int code, String reason) {
      events.add("close " + code + " " + reason);
    }

    @Override
    public void full() {
      events.add("full");
    }

    @Override
    public void failed(CloseCode code, String why) {
      events.add("failed " + code + " " + why);
    }
  }

  @Test
  void randomConversations() {
    long seed = new Random().nextLong();
    for (int round = 0; round < ROUNDS; round++) {
      long roundSeed = seed + round;
      List<Said> all = conversation(new Random(roundSeed));
      if (!survives(all, roundSeed)) {
        List<Said> least = shrink(all, roundSeed);
        assertThat(decode(least, roundSeed))
            .as("seed %d, shrunk to %d of %d", roundSeed, least.size(), all.size())
            .isEqualTo(heard(least));
      }
    }
  }

  /// Leaves out halves, then quarters, and so on, as long as it still fails.
  private static List<Said> shrink(List<Said> failing, long seed) {
    List<Said> least = failing;
    for (int size = least.size() / 2; size > 0; size /= 2) {
      for (int from = 0; from + size <= least.size(); ) {
        List<Said> fewer = new ArrayList<>(least);
        fewer.subList(from, from + size).clear();
        if (survives(fewer, seed)) {
          from += size;
        } else {
          least = fewer;
        }
      }
    }
    return least;
  }

  private static boolean survives(List<Said> all, long seed) {
    return decode(all, seed).equals(heard(all));
  }

  private static List<String> heard(List<Said> all) {
    return all.stream().flatMap(said -> said.heard.stream()).toList();
  }

  private static List<Said> conversation(Random random) {
    List<Said> all = new ArrayList<>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      all.add(random.nextInt(3) == 0 ? control(random) : message(random));
    }
    if (random.nextBoolean()) {
      all.add(
          new Said(
              List.of(Frames.close(3000, "tschüß"), Frames.text("unheard")),
              List.of("close 3000 tschüß")));
    }
    return all;
  }

  private static Said control(Random random) {
    byte[] payload = new byte[random.nextInt(126)];
    random.nextBytes(payload);
    return random.nextBoolean()
        ? new Said(List.of(Frames.frame(9, payload)), List.of("ping " + Arrays.hashCode(payload)))
        : new Said(List.of(Frames.frame(10, payload)), List.of("pong"));
  }

  private static Said message(Random random) {
    boolean text = random.nextBoolean();
    int length = random.nextInt(10) == 0 ? 65_530 + random.nextInt(10) : random.nextInt(300);
    byte[] payload = text ? letters(random, length) : new byte[length];
    if (!text) {
      random.nextBytes(payload);
    }
    List<byte[]> frames = new ArrayList<>();
    List<String> heard = new ArrayList<>();
    int from = 0;
    for (int left = random.nextInt(5); ; left--) {
      int to = left == 0 ? payload.length : from + random.nextInt(payload.length - from + 1);
      int opcode = !frames.isEmpty() ? 0 : text ? 1 : 2;
      byte[] part = Arrays.copyOfRange(payload, from, to);
      frames.add(
          Frames.frame(
              (left == 0 ? 0x80 : 0) | opcode,
              part,
              random.nextInt(),
              Frames.minimal(part.length)));
      from = to;
      if (left == 0) {
        break;
      }
      if (random.nextInt(3) == 0) {
        Said between = control(random);
        frames.addAll(between.frames);
        heard.addAll(between.heard);
      }
    }
    heard.add(
        text
            ? "text " + new String(payload, StandardCharsets.UTF_8)
            : "binary " + Arrays.hashCode(payload) + " " + payload.length);
    return new Said(frames, heard);
  }

  private static byte[] letters(Random random, int count) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int which = random.nextInt(4);
      text.append(which == 3 ? LETTERS.substring(3) : LETTERS.charAt(which));
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> decode(List<Said> all, long seed) {
    byte[] bytes =
        Frames.join(all.stream().flatMap(said -> said.frames.stream()).toArray(byte[][]::new));
    var random = new Random(seed);
    var heard = new Heard();
    var decoder = new SocketDecoder(new SocketLimits(1 << 20, 16), heard);
    for (int from = 0; from < bytes.length; ) {
      int most = random.nextBoolean() ? 4 : 5_000;
      int to = Math.min(bytes.length, from + 1 + random.nextInt(most));
      ByteBuf part = Unpooled.wrappedBuffer(bytes, from, to - from);
      while (decoder.next(part)) {
        continue;
      }
      from = to;
    }
    return heard.events;
  }

  @Test
  void sixtyFiveThousandFragmentsAreNotCopiedEachTime() {
    int fragments = 65_536;
    byte[] part = new byte[64];
    ByteBuf first = Unpooled.wrappedBuffer(Frames.fragment(2, false, part));
    ByteBuf next = Unpooled.wrappedBuffer(Frames.fragment(0, false, part));
    var heard = new Heard();
    var decoder = new SocketDecoder(new SocketLimits(16 << 20, fragments), heard);
    long allocated = allocatedBytes();
    decoder.next(first);
    for (int i = 2; i < fragments; i++) {
      decoder.next(next.readerIndex(0));
    }
    decoder.next(Unpooled.wrappedBuffer(Frames.fragment(0, true, part)));
    assertThat(allocatedBytes() - allocated).isLessThan(8L * 64 * fragments);
    assertThat(heard.events)
        .containsExactly(
            "binary " + Arrays.hashCode(new byte[64 * fragments]) + " " + 64 * fragments);
  }

  @Test
  void announcedLengthAllocatesNothing() {
    var heard = new Heard();
    var limits = new SocketLimits(16 << 20, 16);
    byte[] huge = {(byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5};
    var decoder = new SocketDecoder(limits, heard);
    ByteBuf bytes = Unpooled.wrappedBuffer(huge);
    long before = allocatedBytes();
    assertThat(decoder.next(bytes)).isFalse();
    assertThat(allocatedBytes() - before).isLessThan(64 << 10);
    assertThat(heard.events).isEmpty();
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  @Test
  void unmasksAnyLengthAtAnyPlace() {
    var random = new Random(7);
    for (int length = 0; length < 70; length++) {
      byte[] bytes = new byte[length + 3];
      random.nextBytes(bytes);
      byte[] expected = bytes.clone();
      int mask = random.nextInt();
      for (int i = 0; i < length; i++) {
        expected[3 + i] ^= (byte) (mask >>> (8 * (i & 3)));
      }
      SocketDecoder.unmask(bytes, 3, length, mask);
      assertThat(bytes).isEqualTo(expected);
    }
  }
}
