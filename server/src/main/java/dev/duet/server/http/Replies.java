package dev.duet.server.http;

import static java.time.temporal.ChronoUnit.SECONDS;

import dev.duet.broker.Log.ChannelInfo;
import dev.duet.protocol.Cursor;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.Response;
import dev.duet.server.publish.Outcome;
import dev.duet.server.rpc.RpcException;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Writes the JSON of answers that are not pages.
final class Replies {
  private static final JsonFactory JSON = new JsonFactory();

  private Replies() {}

  /// A receipt, or problem details (RFC 9457) with the member `offset` where it collided with one.
  static Response of(Outcome outcome) {
    int status = outcome instanceof Outcome.Refused refused ? refused.code().status() : 200;
    String type =
        outcome instanceof Outcome.Refused ? "application/problem+json" : "application/json";
    Response response = Response.of(status, type, write(json -> outcome(json, outcome)));
    if (outcome instanceof Outcome.Refused refused) {
      response = response.refusing(refused.code());
      return refused.retryMillis() > 0
          ? response.with("retry-after", Visit.retryAfter(refused.retryMillis()))
          : response;
    }
    return response;
  }

  /// One receipt or problem each, in order.
  static Response of(List<Outcome> outcomes) {
    return json(
        json -> {
          json.writeStartObject();
          json.writeArrayPropertyStart("results");
          outcomes.forEach(outcome -> outcome(json, outcome));
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  static Response of(Cursor cursor) {
    return json(
        json -> {
          json.writeStartObject();
          json.writeStringProperty("cursor", cursor.toString());
          json.writeEndObject();
        });
  }

  /// @param uptime seconds since it started
  static Response of(About about, long uptime) {
    return json(
        json -> {
          json.writeStartObject();
          json.writeStringProperty("server", "Duet");
          json.writeStringProperty("version", about.version());
          json.writeArrayPropertyStart("protocols");
          about.protocols().forEach(json::writeString);
          json.writeEndArray();
          json.writeStringProperty("started", about.started().truncatedTo(SECONDS).toString());
          json.writeNumberProperty("uptime", uptime);
          json.writeEndObject();
        });
  }

  /// 503 unless it is both live and ready.
  static Response health(Operating.Health health) {
    return probed(
        health.live() && health.ready(),
        json -> {
          json.writeStringProperty("status", health.status());
          json.writeBooleanProperty("live", health.live());
          json.writeBooleanProperty("ready", health.ready());
        });
  }

  /// One of the two: 503 if it is not so.
  static Response probe(String name, boolean holds) {
    return probed(holds, json -> json.writeBooleanProperty(name, holds));
  }

  private static Response probed(boolean well, Consumer<JsonGenerator> members) {
    byte[] body =
        write(
            json -> {
              json.writeStartObject();
              members.accept(json);
              json.writeEndObject();
            });
    Response response = Response.of(well ? 200 : 503, "application/json", body);
    return well ? response : response.with("retry-after", "1");
  }

  static Response of(ChannelInfo info) {
    return json(
        json -> {
          json.writeStartObject();
          json.writeStringProperty("channel", info.channel());
          json.writeNumberProperty("count", info.count());
          json.writeNumberProperty("horizon", info.horizon());
          json.writeEndObject();
        });
  }

  /// An object for one channel, an array for several.
  static Response ofInfos(List<ChannelInfos.Info> infos) {
    return json(
        json -> {
          if (infos.size() == 1) {
            info(json, infos.getFirst());
          } else {
            json.writeStartArray();
            infos.forEach(info -> info(json, info));
            json.writeEndArray();
          }
        });
  }

  private static void info(JsonGenerator json, ChannelInfos.Info info) {
    ChannelInfo held = info.held();
    json.writeStartObject();
    json.writeStringProperty("channel", held.channel());
    json.writeStringProperty("retention", info.retention().name().toLowerCase(Locale.ROOT));
    json.writeStringProperty("durability", info.durability().text());
    json.writeNumberProperty("count", held.count());
    json.writeNumberProperty("bytes", held.bytes());
    json.writeNumberProperty("tail", held.tail());
    json.writeNumberProperty("horizon", held.horizon());
    json.writeBooleanProperty("ended", held.endedAt() > 0);
    json.writeNumberProperty("subscribers", info.subscribers());
    json.writeEndObject();
  }

  /// What a method refused with: problem details with a type that no error of the server has.
  static Response of(RpcException refused) {
    Response response =
        Response.of(
            refused.status(),
            Problem.CONTENT_TYPE,
            write(
                json -> {
                  json.writeStartObject();
                  json.writeStringProperty("type", "urn:duet:rpc:" + refused.code());
                  json.writeStringProperty("title", "Refused by the method");
                  json.writeNumberProperty("status", refused.status());
                  json.writeStringProperty("detail", refused.detail());
                  json.writeStringProperty("code", refused.code());
                  json.writeEndObject();
                }));
    return refused.status() == 401 ? response.with("www-authenticate", "Bearer") : response;
  }

  private static void outcome(JsonGenerator json, Outcome outcome) {
    json.writeStartObject();
    switch (outcome) {
      case Outcome.Published published -> {
        json.writeStringProperty("channel", published.channel());
        json.writeNumberProperty("offset", published.offset());
        json.writeStringProperty("cursor", published.cursor().toString());
        json.writeStringProperty("durability", published.durability().text());
        json.writeBooleanProperty("duplicate", published.duplicate());
      }
      case Outcome.Refused refused -> {
        json.writeStringProperty("type", "urn:duet:error:" + refused.code().text());
        json.writeStringProperty("title", refused.code().title());
        json.writeNumberProperty("status", refused.code().status());
        json.writeStringProperty("detail", refused.detail());
        json.writeStringProperty("code", refused.code().text());
        json.writeStringProperty("channel", refused.channel());
        if (refused.offset() >= 0) {
          json.writeNumberProperty("offset", refused.offset());
        }
      }
    }
    json.writeEndObject();
  }

  private static Response json(Consumer<JsonGenerator> content) {
    return Response.of(200, "application/json", write(content));
  }

  private static byte[] write(Consumer<JsonGenerator> content) {
    var out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      content.accept(json);
    }
    out.write('\n');
    return out.toByteArray();
  }
}
