package dev.duet.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StampScannerTest {
  private static final long DUE = 1_795_267_345_118_182_000L;

  private final List<String> found = new ArrayList<>();
  private final StampScanner scanner =
      new StampScanner(
          StampScanner.opening("r1"),
          (channel, sequence, due) -> found.add(channel + " " + sequence + " " + due));

  private void scan(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text, US_ASCII);
    scanner.scan(bytes, 0, bytes.readableBytes());
  }

  @Test
  void findsStampsWhereverReadsAreCut() {
    String text =
        "id: a.1~b.2\ndata: "
            + Stamp.payload(Stamp.text("r1", 3, 17, DUE), 200)
            + "\n\n"
            + Stamp.text("r1", 0, 18, DUE + 1);
    for (int cut = 0; cut <= text.length(); cut++) {
      found.clear();
      scan(text.substring(0, cut));
      scan(text.substring(cut));
      assertThat(found).as("cut at %d", cut).containsExactly("3 17 " + DUE, "0 18 " + (DUE + 1));
    }
    found.clear();
    text.chars().forEach(c -> scan(String.valueOf((char) c)));
    assertThat(found).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "~db~r2~1~1~5~",
        "~db~r1~x~1~5~",
        "~db~r1~1~1~5",
        "~db~r1~1~ 1~5~",
        "~db-r1~1~1~5~",
        "~db~r1~1~1~99999999999999999999999999~",
        "~~~~~",
        ""
      })
  void doesNotFindWhatIsNone(String text) {
    scan(text + "|");
    assertThat(found).isEmpty();
    scan("~db~r1~1~2~3~");
    assertThat(found).containsExactly("1 2 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"~", "~db", "~db~r", "~db~~", "~db~r1~12~"})
  void beginsAnewAtEachMark(String text) {
    scan(text + "~db~r1~1~2~3~");
    assertThat(found).containsExactly("1 2 3");
  }

  @ParameterizedTest
  @ValueSource(ints = {Stamp.LEAST_PAYLOAD, 128, 1_000, 70_000})
  void payloadsAreAsLongAsAskedAndAreJson(int bytes) {
    String longest = Stamp.text("1234567890123456", 999_999, 9_999_999_999L, Long.MAX_VALUE);
    String payload = Stamp.payload(Stamp.text("r1", 0, 1, DUE), bytes);
    assertThat(payload).hasSize(bytes).startsWith("{\"stamp\":\"~db~r1~0~1~").endsWith("\"}");
    assertThat(Stamp.payload(longest, Stamp.LEAST_PAYLOAD)).hasSize(Stamp.LEAST_PAYLOAD);
  }
}
