package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

/// `?info`: what a channel keeps and holds, and how many follow it.
class ChannelInfoWireTest {
  @Test
  void oneChannelIsAnObject() {
    try (var live = new Live();
        var one = live.events("/channels/short?since=now");
        var two = live.events("/channels/hello,short?since=now")) {
      one.until("event: duet.live");
      two.until("event: duet.live");
      long first = live.publish("/channels/short", "1");
      live.publish("/channels/short", "2");
      long third = live.publish("/channels/short", "3");
      HttpResponse<String> answer = live.get("/channels/short?info");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
      assertThat(answer.body())
          .matches(
              "\\{\"channel\":\"short\",\"retention\":\"history\",\"durability\":\"memory\","
                  + "\"count\":2,\"bytes\":[1-9][0-9]*,\"tail\":"
                  + third
                  + ",\"horizon\":"
                  + first
                  + ",\"ended\":false,\"subscribers\":2}\n");
    }
  }

  @Test
  void severalAreAnArrayInOrderOfTheirNames() {
    try (var live = new Live()) {
      live.publish("/channels/state?key=k", "1");
      live.post("/channels/hello?end", "over");
      String body = live.get("/channels/state,hello,flash?info").body();
      assertThat(body).startsWith("[{\"channel\":\"flash\",\"retention\":\"none\"");
      assertThat(body)
          .contains(
              "{\"channel\":\"hello\",\"retention\":\"history\",\"durability\":\"memory\",\"count\":1,",
              "\"ended\":true,\"subscribers\":0},{\"channel\":\"state\",\"retention\":\"latest\"")
          .endsWith("}]\n");
    }
  }

  @Test
  void whatIsNotThereIsToldAsForReading() {
    try (var live = new Live()) {
      assertThat(live.get("/channels/hello-never?info").body())
          .contains("\"count\":0", "\"tail\":0", "\"subscribers\":0");
      assertThat(live.get("/channels/nowhere?info").statusCode()).isEqualTo(404);
      assertThat(live.get("/channels/hello?info=1").statusCode()).isEqualTo(400);
      assertThat(live.get("/channels/hello?info&since=now").statusCode()).isEqualTo(400);
      assertThat(live.get("/channels/~stats?info", "Via", "1.1 x").statusCode()).isEqualTo(403);
    }
  }
}
