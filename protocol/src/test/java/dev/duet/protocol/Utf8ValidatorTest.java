package dev.duet.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8ValidatorTest {
  @Test
  void agreesWithTheJdkOnAllShortSequences() {
    for (int first = 0x80; first < 0x100; first++) {
      for (int second = 0; second < 0x100; second++) {
        check((byte) first, (byte) second);
        for (int third : new int[] {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0}) {
          check((byte) first, (byte) second, (byte) third);
          check((byte) first, (byte) second, (byte) third, (byte) 0x80);
        }
      }
    }
  }

  @Test
  void agreesWithTheJdkWhateverTheSplit() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] text =
          "ab\u00E9\u20AC\uD83D\uDE00 plain text that is long".getBytes(StandardCharsets.UTF_8);
      if (random.nextBoolean()) {
        text[random.nextInt(text.length)] = (byte) random.nextInt();
      }
      var validator = new Utf8Validator();
      boolean valid = true;
      for (int from = 0; from < text.length && valid; ) {
        int to = Math.min(text.length, from + 1 + random.nextInt(12));
        valid = validator.accept(text, from, to);
        from = to;
      }
      assertThat(valid && validator.complete())
          .as("seed %d, round %d", seed, round)
          .isEqualTo(jdk(text));
    }
  }

  @Test
  void failsAtTheFirstBadByte() {
    var validator = new Utf8Validator();
    assertThat(validator.accept(new byte[] {(byte) 0xED}, 0, 1)).isTrue();
    assertThat(validator.complete()).isFalse();
    assertThat(validator.accept(new byte[] {(byte) 0xA0}, 0, 1)).isFalse();
    validator.reset();
    assertThat(validator.complete()).isTrue();
  }

  private static void check(byte... text) {
    assertThat(Utf8Validator.valid(text)).as("%s", (Object) text).isEqualTo(jdk(text));
  }

  private static boolean jdk(byte[] text) {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(text));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
