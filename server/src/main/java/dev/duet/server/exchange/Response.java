package dev.duet.server.exchange;

import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.Exchange.Header;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A whole answer. An answer with 204 or 304 has no body.
///
/// @param refused why the request was refused, so that refusals can be counted; null if it was not
public record Response(int status, List<Header> headers, byte[] body, @Nullable ErrorCode refused) {
  public Response {
    headers = List.copyOf(headers);
  }

  /// An answer that is no refusal.
  public Response(int status, List<Header> headers, byte[] body) {
    this(status, headers, body, null);
  }

  /// An answer with a body of this type.
  public static Response of(int status, String contentType, byte[] body) {
    return new Response(status, List.of(new Header("content-type", contentType)), body);
  }

  /// An answer with a text, in UTF-8.
  ///
  /// @param contentType says the charset too, where the type has one
  public static Response text(int status, String contentType, String body) {
    return of(status, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  /// An answer without a body.
  public static Response empty(int status) {
    return new Response(status, List.of(), new byte[0]);
  }

  /// The same, with other header fields.
  public Response withHeaders(List<Header> value) {
    return new Response(status, value, body, refused);
  }

  /// The same, as the answer to a request that is refused.
  public Response refusing(ErrorCode why) {
    return new Response(status, headers, body, why);
  }

  /// The same with one more header field; one of this name that is there stays.
  public Response with(String name, String value) {
    var more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return withHeaders(more);
  }
}
