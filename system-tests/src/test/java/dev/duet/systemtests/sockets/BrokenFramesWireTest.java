package dev.duet.systemtests.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Cursor;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.http.EchoSocket;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Frames that break RFC 6455, on a raw socket: each is answered with its close code and the end of
/// the connection, whatever speaks above. The mask is always zero.
class BrokenFramesWireTest {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static Duet duet;
  private static Cursor empty;

  @BeforeAll
  static void start() {
    duet = Duet.start(DuetSettings.DEFAULT.withPort(0)).socketHandler("/echo", new EchoSocket());
    empty = duet.cursor();
  }

  @AfterAll
  static void stop() {
    duet.close();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "1002, a frame without mask, 810161",
    "1002, the first reserved bit, c1810000000061",
    "1002, the second, a1810000000061",
    "1002, the third, 91810000000061",
    "1002, opcode 3, 83810000000061",
    "1002, opcode 7, 87810000000061",
    "1002, opcode 11, 8b8000000000",
    "1002, opcode 15, 8f8000000000",
    "1002, a length in two bytes that fits in seven bits, 81fe00010000000061",
    "1002, a length in eight bytes that fits in two, 81ff00000000000000010000000061",
    "1002, a length with its highest bit, 82ff800000000000000100000000",
    "1002, a ping in fragments, 098000000000",
    "1002, a ping of 126, 89fe007e00000000",
    "1002, a compressed ping, c98000000000",
    "1002, a continuation of nothing, 808000000000",
    "1002, a message within a message, 01810000000061 81810000000062",
    "1002, a close of one byte, 88810000000003",
    "1002, a close with 999, 88820000000003e7",
    "1002, a close with 1004, 88820000000003ec",
    "1002, a close with 1005, 88820000000003ed",
    "1002, a close with 1006, 88820000000003ee",
    "1002, a close with 1015, 88820000000003f7",
    "1002, a close with 2999, 8882000000000bb7",
    "1002, a close with 5000, 888200000000 1388",
    "1007, a reason that is not UTF-8, 88830000000003e8ff",
    "1007, text that is not UTF-8, 818100000000ff",
    "1007, an overlong form, 818200000000c0af",
    "1007, a surrogate, 818300000000eda080",
    "1007, beyond the last character, 818400000000f4908080",
    "1007, text that ends in a character, 818100000000c3",
    "1007, the first bad byte of a message that goes on, 0182000000006180",
    "1007, a character that the next fragment does not finish, 018100000000c3 808100000000 41",
    "1009, a length beyond the limit, 82ff000000000100000100000000",
    "1000, a close with 1000, 88820000000003e8",
    "1005, a close without a code, 888000000000",
  })
  void isAnsweredWithItsCode(int code, String what, String hex) throws IOException {
    byte[] frames = HexFormat.of().parseHex(hex.replace(" ", ""));
    for (String path : new String[] {"/echo", "/channels/raw"}) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), duet.port())) {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket
            .getOutputStream()
            .write(
                ("GET "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                        + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .getBytes(US_ASCII));
        var in = new DataInputStream(socket.getInputStream());
        var head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
          head.append((char) in.readUnsignedByte());
        }
        assertThat(head).startsWith("HTTP/1.1 101 ");
        socket.getOutputStream().write(frames);
        assertThat(in.readUnsignedByte()).isEqualTo(0x88);
        int length = in.readUnsignedByte();
        assertThat(length).isLessThanOrEqualTo(125);
        assertThat(length == 0 ? 1005 : in.readUnsignedShort()).as(path).isEqualTo(code);
        in.readNBytes(Math.max(0, length - 2));
        assertThat(in.read()).isEqualTo(-1);
      }
    }
    assertThat(duet.cursor()).as("the log after " + what).isEqualTo(empty);
  }
}
