package dev.duet.server.http;

import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.Start;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A path of the application's own, so that its clients need not know Duet's: `/events` for a
/// channel, or a page.
///
/// A path is absolute. A part of it may be a name in braces, which stands for any one part:
/// `/users/{id}/events`. None of the server's own can be taken: `/channels`, `/assets`, `/cursor`,
/// `/health`, `/metrics`, `/ws`, and what lies below them. At `/` a channel gets the WebSockets,
/// and the start page stays; a page takes its place.
public sealed interface Route {
  /// As it was given.
  String path();

  /// A channel at a path of the application's own, read in every form that it has at its own URL.
  /// The names in braces of the path may stand in that of the channel: `user.{id}`. What a request
  /// has in their place must be legal in a channel's name, without `~` and commas.
  ///
  /// @param channel a name, or several with commas
  /// @throws IllegalArgumentException if the path or the channel is not legal, saying why
  static ToChannel channel(String path, String channel) {
    return new ToChannel(path, channel, null, false, false, Duration.ZERO);
  }

  /// A page, or another file, at a path of the application's own.
  ///
  /// @param contentType such as `text/html; charset=utf-8`
  /// @throws IllegalArgumentException if the path is not legal, saying why
  static Page page(String path, String contentType, byte[] content) {
    return new Page(path, contentType, content);
  }

  /// See [Route#channel].
  ///
  /// @param since where a reader begins who does not say so: as the parameter of a request
  /// @param envelope whether it gets envelopes, if it does not say so
  /// @param publish whether the path takes publications too: with POST, and on its WebSockets
  /// @param every the pace of a reader who does not say: 100 ms to 60 s; zero for none
  record ToChannel(
      String path,
      String channel,
      @Nullable String since,
      boolean envelope,
      boolean publish,
      Duration every)
      implements Route {
    private static final Pattern VARIABLE = Pattern.compile("\\{([^{}]*)}");

    /// @throws IllegalArgumentException if one of them is not legal, saying why
    public ToChannel {
      List<String> names = RoutePath.check(path).names();
      try {
        ChannelNames.parseList(
            filled(
                channel,
                match -> {
                  if (!names.contains(match.group(1))) {
                    throw new IllegalArgumentException(
                        "channel '%s' has %s, which is not in the path '%s'"
                            .formatted(channel, match.group(), path));
                  }
                  return "x";
                }));
        if (since != null && !Start.looksLikeStart(since)) {
          throw new IllegalArgumentException(
              "'since' of the route '%s' is '%s', but must be now, start, -1 to -%d, or a time that"
                      .formatted(path, since, Start.MAX_LAST)
                  + " ends in Z");
        }
        if (since != null) {
          var unused = Start.parse(since);
        }
        if (!every.isZero()) {
          Pace.check("'every' of the route '" + path + "'", every);
        }
      } catch (DuetException e) {
        throw new IllegalArgumentException(
            "the route '%s' to '%s': %s".formatted(path, channel, e.detail()), e);
      }
    }

    /// @throws IllegalArgumentException if it is no start, such as `now`, `start` or `-10`
    public ToChannel withSince(String value) {
      return new ToChannel(path, channel, value, envelope, publish, every);
    }

    /// The same, but a reader gets envelopes who does not say otherwise.
    public ToChannel withEnvelope() {
      return new ToChannel(path, channel, since, true, publish, every);
    }

    /// The same, but the path takes publications too.
    public ToChannel withPublish() {
      return new ToChannel(path, channel, since, envelope, true, every);
    }

    /// @param value 100 ms to 60 s; zero for none
    /// @throws IllegalArgumentException if it is another
    public ToChannel withEvery(Duration value) {
      return new ToChannel(path, channel, since, envelope, publish, value);
    }

    /// The channels of a request.
    ///
    /// @param captured what stood for each name of the path
    /// @throws DuetException BAD_CHANNEL or RESERVED_CHANNEL
    List<String> channels(Map<String, String> captured) {
      return ChannelNames.parseList(
          filled(
              channel,
              match -> ChannelNames.checkPublishable(captured.getOrDefault(match.group(1), ""))));
    }

    /// What a read is like that does not say otherwise.
    Map<String, String> parameters() {
      var parameters = new LinkedHashMap<String, String>();
      if (since != null) {
        parameters.put("since", since);
      }
      if (envelope) {
        parameters.put("envelope", "json");
      }
      if (!every.isZero()) {
        parameters.put(Pace.PARAMETER, every.toMillis() + "ms");
      }
      return parameters;
    }

    private static String filled(String channel, Function<MatchResult, String> value) {
      return VARIABLE.matcher(channel).replaceAll(value);
    }
  }

  /// See [Route#page].
  record Page(String path, String contentType, byte[] content) implements Route {
    /// @throws IllegalArgumentException if the path is not legal or has braces
    public Page {
      if (!RoutePath.check(path).names().isEmpty()) {
        throw new IllegalArgumentException("the path of a page has no braces: '" + path + "'");
      }
    }
  }
}
