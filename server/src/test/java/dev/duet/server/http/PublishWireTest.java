package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Publishing over HTTP: bodies, conditions, batches, several channels, DELETE.
class PublishWireTest {

  private static Live live;

  @BeforeAll
  static void start() {
    live = new Live();
  }

  @AfterAll
  static void stop() {
    live.close();
  }

  private static String held(String channel) {
    return live.page("/channels/" + channel + "?since=start").body();
  }

  @Test
  void aReceiptNamesChannelOffsetCursorAndDurability() {
    String receipt = live.post("/channels/hello.receipt", "x").body();
    long offset = Live.offset(receipt);
    assertThat(receipt)
        .matches(
            "\\{\"channel\":\"hello.receipt\",\"offset\":"
                + offset
                + ",\"cursor\":\"[a-z0-9]{5}\\."
                + offset
                + "\",\"durability\":\"memory\",\"duplicate\":false}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json                  | {"a":1}  | "data":{"a":1}}
          application/cloudevents+json      | [1]      | "data":[1]}
          application/json; charset="UTF-8" | "s"      | "data":"s"}
          text/plain                        | {"a":1}  | "data":"{\\"a\\":1}"}
          text/plain;charset=utf-8          | grün     | "data":"grün"}
          application/octet-stream          | ab       | "data64":"YWI="}
          image/png                         | ab       | "data64":"YWI="}
          application/x-www-form-urlencoded | {"a":1}  | "data":{"a":1}}
          application/x-www-form-urlencoded | a=1      | "data":"a=1"}
          """)
  void theContentTypeSaysWhatTheBodyIs(String type, String body, String expected) {
    live.publish("/channels/hello.types", body, "Content-Type", type);
    assertThat(live.page("/channels/hello.types?before=now&limit=1").body()).contains(expected);
  }

  @Test
  void withoutTypeJsonIsJsonAndTextIsTextAndTheRestIsBytes() {
    live.publish("/channels/hello.guess", "[true]");
    live.publish("/channels/hello.guess", "plain");
    live.send("POST", "/channels/hello.guess", new byte[] {(byte) 0xFF, 0});
    live.send("POST", "/channels/hello.guess", new byte[0]);
    assertThat(held("hello.guess"))
        .contains(
            "\"data\":[true]}", "\"data\":\"plain\"}", "\"data64\":\"/wA=\"}", "\"data\":\"\"}");
  }

  @Test
  void linesBetweenJsonTokensBecomeSpacesOfTheSameLength() {
    live.publish(
        "/channels/hello.lines",
        "{\"a\":\r\n 1,\n\"b\":\"x\\ny\"}",
        "Content-Type",
        "application/json");
    assertThat(held("hello.lines")).contains("\"data\":{\"a\":   1, \"b\":\"x\\ny\"}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json          | {"a":        | 400 | bad-json
          application/json          | 1 2          | 400 | bad-json
          application/json          | ''           | 400 | bad-json
          application/json          | {'a':1}      | 400 | bad-json
          application/json          | 01           | 400 | bad-json
          application/json          | NaN          | 400 | bad-json
          application/json; charset=latin1 | 1     | 415 | unsupported-type
          text/plain; charset=utf-16       | 1     | 415 | unsupported-type
          multipart/form-data; boundary=x  | 1     | 415 | unsupported-type
          nonsense                  | 1            | 415 | unsupported-type
          """)
  void aBodyThatIsNotWhatItSaysIsRefused(String type, String body, int status, String code) {
    HttpResponse<String> answer = live.post("/channels/hello.bad", body, "Content-Type", type);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
    assertThat(held("hello.bad")).contains("\"publications\":[]");
  }

  @ParameterizedTest
  @CsvSource({"FF", "C080", "EDA080", "E282", "F4908080"})
  void textIsUtf8(String hex) {
    byte[] body = java.util.HexFormat.of().parseHex(hex);
    assertThat(live.send("POST", "/channels/hello.utf8", body, "Content-Type", "text/plain").body())
        .contains("\"code\":\"bad-utf8\"");
    byte[] json =
        ("\"" + new String(body, StandardCharsets.ISO_8859_1) + "\"")
            .getBytes(StandardCharsets.ISO_8859_1);
    assertThat(
            live.send("POST", "/channels/hello.utf8", json, "Content-Type", "application/json")
                .body())
        .contains("\"code\":\"bad-json\"");
  }

  @Test
  void jsonInUtf16OrBehindAByteOrderMarkIsNotJsonHere() {
    for (byte[] body :
        new byte[][] {
          "1".getBytes(StandardCharsets.UTF_16BE),
          "1".getBytes(StandardCharsets.UTF_16LE),
          "\uFEFF1".getBytes(StandardCharsets.UTF_8)
        }) {
      assertThat(
              live.send("POST", "/channels/hello.bom", body, "Content-Type", "application/json")
                  .statusCode())
          .isEqualTo(400);
    }
  }

  @Test
  void jsonThatIsNestedTooDeeplyIsRefused() {
    String deep = "[".repeat(1_000) + "]".repeat(1_000);
    assertThat(
            live.post("/channels/hello.deep", deep, "Content-Type", "application/json")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void aBodyOfTheLimitIsTakenAndOneByteMoreIsNot() {
    String most = "x".repeat(256 << 10);
    live.publish("/channels/hello.size", most);
    HttpResponse<String> answer = live.post("/channels/hello.size", most + "x");
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("\"code\":\"too-large\"", "262144", "(limits.publication)");
  }

  @Test
  void eventAndKeyComeBack() {
    live.publish("/channels/state.a?event=bid%20now&key=%C3%BC", "1");
    assertThat(held("state.a")).contains("\"event\":\"bid now\",\"key\":\"ü\"");
  }

  @ParameterizedTest
  @CsvSource({
    "event=open,bad-event",
    "event=error,bad-event",
    "event=duet.x,bad-event",
    "event=a%0Ab,bad-event",
    "event=,bad-event",
    "key=a%0Db,bad-key",
    "colour=red,bad-parameter",
    "event=a&event=b,bad-parameter",
    "end=maybe,bad-parameter",
    "event=%,bad-request",
    "event=%FF,bad-request"
  })
  void aBadParameterIsNamed(String query, String code) {
    HttpResponse<String> answer;
    try (Live.Raw raw = new Live.Raw(live.duet.port())) {
      String got =
          raw.send(
                  "POST /channels/hello.params?"
                      + query
                      + " HTTP/1.1\r\n"
                      + "host: localhost\r\n"
                      + "connection: close\r\n"
                      + "content-length: 1\r\n\r\n"
                      + "x")
              .rest();
      assertThat(got).startsWith("HTTP/1.1 400 ").contains("\"code\":\"" + code + "\"");
    }
    answer = live.page("/channels/hello.params?since=start");
    assertThat(answer.body()).contains("\"publications\":[]");
  }

  @Test
  void anIdempotencyKeyStoresOnce() {
    String path = "/channels/hello.once";
    long first = live.publish(path, "a", "Idempotency-Key", "k1");
    String second = live.post(path, "a", "Idempotency-Key", "k1").body();
    assertThat(second).contains("\"offset\":" + first, "\"duplicate\":true");
    HttpResponse<String> other = live.post(path, "b", "Idempotency-Key", "k1");
    assertThat(other.statusCode()).isEqualTo(409);
    assertThat(other.body()).contains("idempotency-conflict", "\"offset\":" + first);
    assertThat(live.post(path, "b", "Idempotency-Key", "a b").statusCode()).isEqualTo(400);
  }

  @Test
  void ifMatchAppendsOnlyIfNothingCameAfter() {
    String path = "/channels/hello.match";
    long first = live.publish(path, "a", "If-Match", "0");
    HttpResponse<String> late = live.post(path, "b", "If-Match", "0");
    assertThat(late.statusCode()).isEqualTo(412);
    assertThat(late.body()).contains("\"code\":\"mismatch\"", "\"offset\":" + first);
    live.publish(path, "b", "If-Match", "\"" + first + "\"");
    assertThat(live.post(path, "b", "If-Match", "*").statusCode()).isEqualTo(400);
    assertThat(live.post(path, "c", "If-None-Match", "*").statusCode()).isEqualTo(412);
    assertThat(live.post(path, "c", "If-None-Match", "7").statusCode()).isEqualTo(400);
    assertThat(live.post(path + ".fresh", "c", "If-None-Match", "*").statusCode()).isEqualTo(200);
  }

  @Test
  void endIsTheLastPublication() {
    long last = live.publish("/channels/hello.end?end", "bye");
    HttpResponse<String> after = live.post("/channels/hello.end", "x");
    assertThat(after.statusCode()).isEqualTo(409);
    assertThat(after.body()).contains("\"code\":\"ended\"", "\"offset\":" + last);
    assertThat(held("hello.end")).contains("\"ended\":[\"hello.end\"]");
  }

  @Test
  void severalChannelsAreIndependent() {
    live.publish("/channels/hello.m2?end", "bye");
    HttpResponse<String> answer =
        live.post("/channels/hello.m2,hello.m1,hello.m1", "x", "Idempotency-Key", "k");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .startsWith("{\"results\":[{\"channel\":\"hello.m1\",\"offset\":")
        .contains("\"code\":\"ended\"", "\"channel\":\"hello.m2\"");
    assertThat(held("hello.m1").split("\"offset\"")).hasSize(2);
    HttpResponse<String> match = live.post("/channels/hello.m1,hello.m3", "x", "If-Match", "0");
    assertThat(match.statusCode()).isEqualTo(400);
  }

  @Test
  void aBatchIsAppendedInOrder() {
    String body =
        """
        {"data":{"n":1},"event":"e"}

        {"data":"text\\u00fc","end":false}
        {"data64":"AAE="}
        {"data":-1.5e3}
        {"data":null}
        """;
    HttpResponse<String> answer =
        live.post(
            "/channels/hello.batch",
            body.replace("\n", "\r\n"),
            "Content-Type",
            "application/x-ndjson",
            "Idempotency-Key",
            "k");
    assertThat(answer.body().split("\"durability\"")).hasSize(6);
    assertThat(held("hello.batch").replaceAll(",\\n\\{[^{\\n]*\"time\":[0-9]+,", ";"))
        .contains(
            "\"event\":\"e\"",
            "\"data\":{\"n\":1}};\"data\":\"textü\"};\"data64\":\"AAE=\"};\"data\":-1.5e3};\"data\":null}");
    String again =
        live.post(
                "/channels/hello.batch",
                body,
                "Content-Type",
                "application/x-ndjson",
                "Idempotency-Key",
                "k")
            .body();
    assertThat(again.split("\"duplicate\":true")).hasSize(6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"data":1}#{"data":1      | line 2: | bad-json
          {"data":1}##[1]           | line 3: | bad-json
          {"event":"e"}             | line 1: | bad-json
          {"data":1,"data64":"AA=="} | line 1: | bad-json
          {"data":1,"data":2}       | line 1: | bad-json
          {"data64":"?"}            | line 1: | bad-json
          {"data":"\\ud800"}        | line 1: | bad-json
          {"data":1,"channel":"x"}  | line 1: | bad-json
          {"data":1,"event":"open"} | line 1: | bad-event
          {"data":1,"ifMatch":-1}   | line 1: | bad-json
          {"data":1,"end":1}        | line 1: | bad-json
          {"deleted":true,"data":1} | line 1: | bad-json
          #                         | at least one line | bad-json
          """)
  void aBadBatchIsRefusedWholeAndNamesTheLine(String lines, String where, String code) {
    HttpResponse<String> answer =
        live.post(
            "/channels/hello.badbatch",
            lines.replace('#', '\n'),
            "Content-Type",
            "application/x-ndjson");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains(where, "\"code\":\"" + code + "\"");
    assertThat(held("hello.badbatch")).contains("\"publications\":[]");
  }

  @Test
  void aBatchHasBounds() {
    String type = "application/x-ndjson";
    String path = "/channels/hello.bounds";
    String line = "{\"data\":1}\n";
    assertThat(live.post(path, line.repeat(1_000), "Content-Type", type).statusCode())
        .isEqualTo(200);
    assertThat(live.post(path, line.repeat(1_001), "Content-Type", type).body())
        .contains("too-large", "1000");
    String big = "{\"data\":\"" + "x".repeat(256 << 10) + "\"}\n";
    assertThat(live.post(path, line + big, "Content-Type", type).body())
        .contains("too-large", "line 2", "(limits.publication)");
    assertThat(live.post(path, line, "Content-Type", type, "If-Match", "0").statusCode())
        .isEqualTo(400);
    assertThat(live.post(path + ",hello.x", line, "Content-Type", type).statusCode())
        .isEqualTo(400);
    assertThat(live.post(path + "?event=x", line, "Content-Type", type).statusCode())
        .isEqualTo(400);
  }

  @Test
  void aBatchStopsAtTheFirstLineThatIsNotAppended() {
    String body = "{\"data\":1}\n{\"data\":2,\"ifMatch\":0}\n{\"data\":3}\n{\"data\":4}\n";
    String answer =
        live.post("/channels/hello.stops", body, "Content-Type", "application/x-ndjson").body();
    assertThat(answer.split("\"not-tried\"")).hasSize(3);
    assertThat(answer.split("\"mismatch\"")).hasSize(2);
    assertThat(held("hello.stops")).contains("\"data\":1}]");
  }

  @Test
  void deleteWritesATombstoneOrTrims() {
    live.publish("/channels/state.del?key=k", "1");
    assertThat(live.send("DELETE", "/channels/state.del?key=k", new byte[0]).statusCode())
        .isEqualTo(200);
    assertThat(held("state.del")).contains("\"key\":\"k\",\"deleted\":true");

    String cursor = Live.member(live.post("/channels/hello.trim", "1").body(), "cursor");
    live.publish("/channels/hello.trim", "2");
    String trimmed =
        live.send("DELETE", "/channels/hello.trim?before=" + cursor, new byte[0]).body();
    assertThat(trimmed).contains("\"count\":1");
    assertThat(held("hello.trim")).contains("\"data\":2}").doesNotContain("\"data\":1}");
    live.send("DELETE", "/channels/hello.trim?before=now", new byte[0]);
    assertThat(held("hello.trim")).contains("\"publications\":[]");
  }

  @ParameterizedTest
  @CsvSource({
    "hello.x,400",
    "hello.x?key=a&before=now,400",
    "hello.x?key=a,400",
    "hello.x?before=zzz,400",
    "hello.x?before=zzzzz.1,400",
    "hello.x%2Chello.y?before=now,400",
    "hello~x?before=now,403"
  })
  void aBadDeleteIsRefused(String rest, int status) {
    assertThat(live.send("DELETE", "/channels/" + rest, new byte[0]).statusCode())
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"hello~presence,403", "elsewhere,404", "hello%2Fx,400", "hello%00,400", "..,400"})
  void notEveryChannelCanBePublishedTo(String channel, int status) {
    try (Live.Raw raw = new Live.Raw(live.duet.port())) {
      raw.send(
          "POST /channels/"
              + channel
              + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx");
      assertThat(raw.rest()).startsWith("HTTP/1.1 " + status);
    }
  }

  @Test
  void pipelinedPublicationsAreInTheLogInTheirOrder() {
    int count = 300;
    var requests = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String body = i % 50 == 0 ? "[" + i + "]" + " ".repeat(100_000) : "[" + i + "]";
      requests
          .append("POST /channels/hello.pipe HTTP/1.1\r\nhost: localhost\r\n")
          .append(i == count - 1 ? "connection: close\r\n" : "")
          .append("content-length: ")
          .append(body.length())
          .append("\r\n\r\n")
          .append(body);
    }
    try (Live.Raw raw = new Live.Raw(live.duet.port())) {
      String answers = raw.send(requests.toString()).rest();
      assertThat(answers.split("HTTP/1.1 200 OK")).hasSize(count + 1);
    }
    String page = live.page("/channels/hello.pipe?since=start&limit=1000").body();
    int last = -1;
    for (int i = 0; i < count; i++) {
      int at = page.indexOf("\"data\":[" + i + "]");
      assertThat(at).as("publication " + i).isGreaterThan(last);
      last = at;
    }
  }

  @Test
  void whoComesWhenTooMuchIsUnderWayIsToldWhenToTryAgain() {
    try (Live busy = Live.busy()) {
      HttpResponse<String> answer = busy.post("/channels/hello", "x");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("retry-after")).isPresent();
      assertThat(answer.body()).contains("\"code\":\"busy\"");
      String batch =
          busy.post(
                  "/channels/hello",
                  "{\"data\":1}\n{\"data\":2}",
                  "Content-Type",
                  "application/x-ndjson")
              .body();
      assertThat(batch).contains("\"busy\"", "\"not-tried\"");
    }
  }
}
