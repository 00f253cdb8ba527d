package dev.duet.server.exchange;

import dev.duet.server.exchange.Exchange.Header;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A whole answer. An answer with 204 or 304 has no body.
public record Response(int status, List<Header> headers, byte[] body) {
  public Response {
    headers = List.copyOf(headers);
  }

  public static Response of(int status, String contentType, byte[] body) {
    return new Response(status, List.of(new Header("content-type", contentType)), body);
  }

  public static Response text(int status, String contentType, String body) {
    return of(status, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  public static Response empty(int status) {
    return new Response(status, List.of(), new byte[0]);
  }

  public Response with(String name, String value) {
    var more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Response(status, more, body);
  }
}
