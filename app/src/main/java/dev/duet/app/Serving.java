package dev.duet.app;

import dev.duet.app.config.Config;
import dev.duet.app.config.ConfigSources;
import dev.duet.app.config.ServerConfig;
import dev.duet.broker.disk.UnusableDirectoryException;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.http.EchoSocket;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A server that was started from the command line, and what is said about it there.
final class Serving {
  private final ConfigSources sources;
  private final Config config;
  private final DuetSettings settings;
  private final Duet duet;
  private final boolean echo;

  private Serving(ConfigSources sources, DuetSettings settings, Duet duet, boolean echo) {
    this.sources = sources;
    this.settings = settings;
    this.config = sources.config();
    this.duet = duet;
    this.echo = echo;
  }

  /// @param directory against which a relative data directory is meant
  /// @throws StartException if it cannot listen, or not use its data directory
  static Serving start(ConfigSources sources, Path directory, boolean echo) {
    Config config = sources.config();
    DuetSettings settings = config.settings(directory);
    Duet duet;
    try {
      duet = Duet.start(settings);
    } catch (UnusableDirectoryException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    } catch (UncheckedIOException | UnresolvedAddressException e) {
      throw new StartException(why(config.server(), e), e);
    }
    if (echo) {
      duet.socketHandler("/echo", new EchoSocket());
    }
    return new Serving(sources, settings, duet, echo);
  }

  /// Says where it is, what is kept, and what to try.
  void introduce(Consumer<String> say) {
    String origin = url();
    say.accept("Duet " + VersionCommand.number() + " is at " + origin + " (open it in a browser)");
    say.accept("Configuration: " + sources.told());
    Kept.told(settings).forEach(say);
    if (isEverywhere() && config.server().allowedHosts().isEmpty()) {
      say.accept(
          "It listens on all addresses, but answers only as localhost: server.allowed-hosts in the"
              + " configuration says under which other names");
    }
    if (echo) {
      say.accept("A WebSocket that echoes is at ws://" + shownHost() + ":" + duet.port() + "/echo");
    }
    say.accept("Watch a channel:    curl -N " + origin + "/channels/hello");
    say.accept("Publish to it:      curl -d 'Hello, world' " + origin + "/channels/hello");
    say.accept("Read what it keeps: curl -N '" + origin + "/channels/hello?since=start'");
  }

  /// Stops gracefully, and says so.
  void stop(Consumer<String> say) {
    Duration most = config.server().stopTimeout();
    say.accept("Stopping, which takes at most " + most.toSeconds() + " s");
    duet.stop(most);
    say.accept("Stopped");
  }

  /// Such as `http://127.0.0.1:8080`.
  String url() {
    return "http://" + shownHost() + ":" + duet.port();
  }

  private boolean isEverywhere() {
    String host = config.server().host();
    return host.equals("0.0.0.0") || host.equals("::") || host.equals("[::]");
  }

  private String shownHost() {
    String host = config.server().host();
    if (isEverywhere()) {
      return "localhost";
    }
    return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private static String why(ServerConfig server, Throwable failure) {
    String host = server.host();
    int port = server.port();
    List<Throwable> causes =
        Stream.<Throwable>iterate(failure, Objects::nonNull, Throwable::getCause).toList();
    if (causes.stream()
        .anyMatch(
            e -> e instanceof UnresolvedAddressException || e instanceof UnknownHostException)) {
      return "'" + host + "' is not the name of an address; choose another with --host";
    }
    String said = String.valueOf(causes.getLast().getMessage());
    if (said.contains("in use")) {
      return "port %d of %s is taken by another program; choose another with --port"
          .formatted(port, host);
    }
    if (said.contains("assign requested address")) {
      return "this machine has no address " + host + "; choose another with --host";
    }
    if (said.contains("denied")) {
      return "port %d may not be used by this user; choose one from 1024 on with --port"
          .formatted(port);
    }
    return "cannot listen on " + host + ", port " + port + ": " + said;
  }
}
