package dev.duet.server.exchange;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.Exchange.Header;
import java.io.ByteArrayOutputStream;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Problem details (RFC 9457): the body of every error that Duet answers over HTTP.
public final class Problem {
  /// The media type of a problem (RFC 9457 section 6.1).
  public static final String CONTENT_TYPE = "application/problem+json";

  private static final JsonFactory JSON = new JsonFactory();

  private Problem() {}

  /// The answer to a request that failed with this code. It is never cached.
  ///
  /// @param detail what was wrong and what is allowed, for people
  public static Response response(ErrorCode code, String detail) {
    return new Response(
        code.status(),
        List.of(new Header("content-type", CONTENT_TYPE), new Header("cache-control", "no-store")),
        body(code, detail),
        code);
  }

  /// The answer to a request that failed so. It is never cached.
  public static Response response(DuetException failure) {
    return response(failure.code(), failure.detail());
  }

  /// The body alone: members `type`, `title`, `status`, `detail` and, as an extension, `code`.
  public static byte[] body(ErrorCode code, String detail) {
    var out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("type", "urn:duet:error:" + code.text());
      json.writeStringProperty("title", code.title());
      json.writeNumberProperty("status", code.status());
      json.writeStringProperty("detail", detail);
      json.writeStringProperty("code", code.text());
      json.writeEndObject();
    }
    out.write('\n');
    return out.toByteArray();
  }
}
