package dev.duet.app;

import dev.duet.app.client.Remote;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Flags of the commands that talk to a server.
final class ServerOptions {
  private static final String DEFAULT = "http://127.0.0.1:8080";

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Where the server is (DUET_URL, else " + DEFAULT + ").")
  private @Nullable String url;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "NAME:VALUE",
      description = "A header to send, such as 'Authorization: Bearer x'. May come several times.")
  private List<String> headers = new ArrayList<>();

  @Option(
      names = {"-q", "--quiet"},
      description = "Tells nothing of tries and connections on stderr.")
  boolean quiet;

  Remote remote(Shell shell) {
    String variable = shell.environment().getOrDefault("DUET_URL", "");
    return Remote.at(url != null ? url : variable.isEmpty() ? DEFAULT : variable, headers);
  }
}
