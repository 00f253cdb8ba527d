package dev.duet.server.http;

import dev.duet.server.exchange.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/// What a server says of itself at `/`, to `Accept: application/json`.
///
/// @param version of Duet
/// @param protocols that it speaks: `HTTP/1.1`, `WebSocket`
/// @param started when it began to listen
/// @param clock says how long ago that was
public record About(String version, List<String> protocols, Instant started, InstantSource clock) {
  public About {
    protocols = List.copyOf(protocols);
  }

  Response response() {
    long uptime = Math.max(0, Duration.between(started, clock.instant()).toSeconds());
    return Replies.of(this, uptime);
  }
}
