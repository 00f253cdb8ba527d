package dev.duet.app.config;

import dev.duet.protocol.DuetException;
import dev.duet.server.http.Route;
import java.time.Duration;

/// One of the list `routes`.
public record RouteConfig(
    @Setting(
            value =
                "The path. A part of it may be a name in braces, for any one part:"
                    + " /users/{id}/events",
            required = true)
        String path,
    @Setting(
            value =
                "The channel, or several with commas; may have the names in braces of the path:"
                    + " user.{id}",
            required = true)
        String channel,
    @Setting(
            "Where a reader begins who does not say: default, now, start, -10 for the last ten,"
                + " or a time")
        String since,
    @Setting("Whether a reader who does not say gets envelopes") boolean envelope,
    @Setting("Whether it takes publications too, with POST and on its WebSockets") boolean publish,
    @Setting(
            value = "The pace of a reader who does not say: from 100ms, or 0s for none",
            min = "0s",
            max = "60s")
        Duration every) {

  public static final RouteConfig DEFAULT =
      new RouteConfig("/events", "events", "default", false, false, Duration.ZERO);

  public RouteConfig {
    try {
      var unused = Route.channel(path, "x");
    } catch (IllegalArgumentException e) {
      throw new BadValueException("path", "cannot be: " + e.getMessage());
    }
    try {
      var unused = Route.channel(path, channel);
    } catch (IllegalArgumentException e) {
      throw new BadValueException("channel", "cannot be: " + e.getMessage());
    }
    try {
      var unused = Route.channel(path, channel).withSince(since);
    } catch (IllegalArgumentException | DuetException e) {
      throw new BadValueException("since", "cannot be: " + e.getMessage());
    }
    try {
      var unused = Route.channel(path, channel).withEvery(every);
    } catch (IllegalArgumentException e) {
      throw new BadValueException("every", "cannot be: " + e.getMessage());
    }
  }

  Route route() {
    return new Route.ToChannel(path, channel, since, envelope, publish, every);
  }
}
