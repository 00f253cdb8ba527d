package dev.duet.server.transport;

import static dev.duet.server.transport.Frames.close;
import static dev.duet.server.transport.Frames.fragment;
import static dev.duet.server.transport.Frames.frame;
import static dev.duet.server.transport.Frames.handshake;
import static dev.duet.server.transport.Frames.join;
import static dev.duet.server.transport.Frames.receive;
import static dev.duet.server.transport.Frames.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Frames, fragments and text of a WebSocket on real sockets: the families of cases of the Autobahn
/// suite.
class SocketFramesWireTest extends SocketWire {
  @Test
  void framesInThePacketOfTheHandshakeAreNotLost() {
    try (Wire.Raw raw = wire.connect()) {
      raw.send(
          join(handshake("/ws").getBytes(UTF_8), text("early"), frame(9, "p".getBytes(UTF_8))));
      raw.until("\r\n\r\n");
      assertThat(receive(raw).text()).isEqualTo("early");
      assertThat(receive(raw)).satisfies(f -> assertThat(f.first()).isEqualTo(0x8A));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 127, 128, 65_535, 65_536, 200_000})
  void messagesOfEveryLengthForm(int length) {
    byte[] payload = "x".repeat(length).getBytes(UTF_8);
    try (Wire.Raw raw = open()) {
      raw.send(frame(1, payload));
      assertThat(receive(raw))
          .satisfies(f -> assertThat(f.first()).isEqualTo(0x81))
          .satisfies(f -> assertThat(f.payload()).isEqualTo(payload));
      raw.send(frame(2, payload));
      assertThat(receive(raw))
          .satisfies(f -> assertThat(f.first()).isEqualTo(0x82))
          .satisfies(f -> assertThat(f.payload()).isEqualTo(payload));
    }
  }

  @Test
  void everythingInSingleBytes() {
    byte[] all =
        join(
            text("Hello-µ@ßöäüàá-UTF-8!!"),
            frame(9, "ping".getBytes(UTF_8)),
            fragment(1, false, "κό".getBytes(UTF_8)),
            frame(9, new byte[0]),
            fragment(0, true, "σμε".getBytes(UTF_8)),
            close(1000, "bye"));
    try (Wire.Raw raw = open()) {
      for (int i = 0; i < all.length; i++) {
        raw.send(all, i, i + 1);
      }
      assertThat(receive(raw).text()).isEqualTo("Hello-µ@ßöäüàá-UTF-8!!");
      assertThat(receive(raw).text()).isEqualTo("ping");
      assertThat(receive(raw).first()).isEqualTo(0x8A);
      assertThat(receive(raw).text()).isEqualTo("κόσμε");
      closesWith(raw, 1000);
    }
    handler.awaitClosed("1000 bye");
  }

  @Test
  void pingsAreAnsweredEachAndBeforeTheMessageEnds() {
    try (Wire.Raw raw = open()) {
      raw.send(fragment(1, false, "a".getBytes(UTF_8)));
      for (int i = 0; i < 10; i++) {
        raw.send(frame(9, ("ping " + i).getBytes(UTF_8)));
      }
      for (int i = 0; i < 10; i++) {
        assertThat(receive(raw).text()).isEqualTo("ping " + i);
      }
      raw.send(frame(10, "unasked".getBytes(UTF_8))).send(fragment(0, true, "b".getBytes(UTF_8)));
      assertThat(receive(raw).text()).isEqualTo("ab");
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0xC1, 0xA1, 0x91, 0xF1, 0xC9, 0xA8, 0x83, 0x84, 0x85, 0x86, 0x87, 0x8B, 0x8C, 0x8D, 0x8E,
        0x8F
      })
  void reservedBitsAndOpcodes(int first) {
    failsWith(1002, frame(first, "x".getBytes(UTF_8), 7, 0));
  }

  @Test
  void brokenFrames() {
    failsWith(1002, new byte[] {(byte) 0x81, 1, 'x'});
    failsWith(1002, frame(0x81, "x".getBytes(UTF_8), 7, 2));
    failsWith(1002, frame(0x81, new byte[300], 7, 8));
    failsWith(1002, frame(0x09, "x".getBytes(UTF_8), 7, 0));
    failsWith(1002, frame(0x89, new byte[126], 7, 2));
    failsWith(1002, frame(0x88, new byte[126], 7, 2));
    failsWith(1002, HexFormat.of().parseHex("82ff8000000000000001" + "00000000"));
  }

  @Test
  void brokenFragmentation() {
    failsWith(1002, fragment(0, true, "x".getBytes(UTF_8)));
    failsWith(1002, fragment(0, false, "x".getBytes(UTF_8)));
    failsWith(1002, join(fragment(1, false, new byte[0]), text("inside")));
    failsWith(1002, join(fragment(2, false, new byte[0]), fragment(2, true, new byte[0])));
  }

  @Test
  void emptyFragments() {
    try (Wire.Raw raw = open()) {
      raw.send(
          join(
              fragment(1, false, new byte[0]),
              fragment(0, false, new byte[0]),
              fragment(0, true, new byte[0])));
      assertThat(receive(raw).payload()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c080",
        "eda080",
        "f4908080",
        "f8",
        "c1bf",
        "e09f80",
        "f08f8080",
        "ff",
        "80",
        "cec0",
        "cebae1bdb9cf83cebcceb5eda080"
      })
  void invalidUtf8FailsAtItsFirstBadByte(String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    failsWith(1007, frame(1, bad));
    // The message does not end: what is there is bad enough.
    failsWith(1007, fragment(1, false, bad));
    failsWith(1007, frame(8, join(new byte[] {3, (byte) 0xE8}, bad)));
  }

  @Test
  void textThatEndsInsideACharacter() {
    failsWith(1007, frame(1, HexFormat.of().parseHex("cebae1bd")));
    failsWith(
        1007,
        join(fragment(1, false, HexFormat.of().parseHex("ce")), fragment(0, true, new byte[0])));
  }

  @Test
  void limits() {
    failsWith(1009, HexFormat.of().parseHex("82ff7fffffffffffffff" + "00000000"));
    failsWith(1009, HexFormat.of().parseHex("82ff0000000000040001" + "00000000"));
    failsWith(
        1009, join(fragment(2, false, new byte[200_000]), frame(0x80, new byte[62_145], 1, 2)));
    byte[][] fragments = new byte[1_025][];
    for (int i = 0; i < fragments.length; i++) {
      fragments[i] = fragment(i == 0 ? 1 : 0, false, new byte[0]);
    }
    failsWith(1009, join(fragments));
  }
}
