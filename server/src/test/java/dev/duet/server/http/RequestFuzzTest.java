package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.duet.protocol.Beginning;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Whatever a head holds is read or refused, never anything else.
class RequestFuzzTest {
  @FuzzTest
  void queries(FuzzedDataProvider data) {
    String raw = data.consumeRemainingAsString();
    try {
      Query query = Query.parse(raw, null).only(Since.PARAMETERS);
      Beginning beginning = Since.of(new TestExchange(Runnable::run, "/", raw), query);
      assertThat(beginning.start()).isNotNull();
    } catch (DuetException e) {
      assertThat(e.code().status()).isEqualTo(400);
      assertThat(e.detail().length()).isLessThan(500);
    }
  }

  @FuzzTest
  void encodedTextComesBack(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    String exact = new String(utf8, StandardCharsets.UTF_8);
    String encoded = URLEncoder.encode(exact, StandardCharsets.UTF_8);
    assertThat(PercentCoding.decode("it", encoded, true)).isEqualTo(exact);
  }

  @FuzzTest
  void accepts(FuzzedDataProvider data) {
    String field = data.consumeRemainingAsString();
    Accept.Choice choice = Accept.choose(List.of(field));
    if (choice != null && choice.named()) {
      assertThat(field.toLowerCase(java.util.Locale.ROOT))
          .contains(choice.form().type().substring(0, 5));
    }
  }

  @FuzzTest
  void channels(FuzzedDataProvider data) {
    try {
      List<String> names = ChannelNames.parseList(data.consumeRemainingAsString());
      assertThat(names).isSorted().doesNotHaveDuplicates().hasSizeBetween(1, 100);
      assertThat(ChannelNames.parseList(String.join(",", names))).isEqualTo(names);
    } catch (DuetException e) {
      assertThat(e.code().status()).isEqualTo(400);
    }
  }

  @FuzzTest
  void cursors(FuzzedDataProvider data) {
    try {
      Cursor cursor = Cursor.parse(data.consumeRemainingAsString());
      assertThat(Cursor.parse(cursor.toString())).isEqualTo(cursor);
    } catch (DuetException e) {
      assertThat(e.code().status()).isEqualTo(400);
    }
  }

  @FuzzTest
  void times(FuzzedDataProvider data) {
    try {
      String text = data.consumeRemainingAsString();
      assertThat(Query.duration("every", text, Pace.LEAST, Pace.MOST))
          .isBetween(Pace.LEAST, Pace.MOST);
    } catch (DuetException e) {
      assertThat(e.code().status()).isEqualTo(400);
    }
  }
}
