package dev.duet.app.config;

import dev.duet.server.DuetSettings;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/// The group `server`.
public record ServerConfig(
    @Setting("Name or address that it listens on; 0.0.0.0 or :: for all of the machine's")
        String host,
    @Setting(value = "Port that it listens on; 0 takes a free one", min = "0", max = "65535")
        int port,
    @Setting(
            "Names under which it may be addressed, beside loopback and `host`, without port; *"
                + " for any")
        List<String> allowedHosts,
    @Setting(
            "Origins of the web pages that may use it, beside its own; 'null' (in quotes) for"
                + " files that are opened from a disk and for sandboxed pages; * for any")
        List<String> allowedOrigins,
    @Setting(
            value = "Longest time that a graceful stop waits for what is under way",
            min = "0s",
            max = "10m")
        Duration stopTimeout) {

  public static final ServerConfig DEFAULT =
      new ServerConfig(
          DuetSettings.DEFAULT.host(),
          DuetSettings.DEFAULT.port(),
          List.of(),
          List.of(),
          DuetSettings.DEFAULT.stopTimeout());

  private static final Pattern HOST = Pattern.compile("\\*|[A-Za-z0-9._-]+|\\[?[0-9A-Fa-f:.]+]?");
  private static final Pattern ORIGIN =
      Pattern.compile("\\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^/\\s@?#]+");

  public ServerConfig {
    allowedHosts = List.copyOf(allowedHosts);
    allowedOrigins = List.copyOf(allowedOrigins);
    check("allowedHosts", HOST, allowedHosts, "a name without scheme and port, such as a.example");
    check("allowedOrigins", ORIGIN, allowedOrigins, "an origin, such as https://a.example");
  }

  private static void check(String component, Pattern form, List<String> values, String allowed) {
    for (String value : values) {
      if (!form.matcher(value).matches()) {
        throw new BadValueException(
            component, "has '" + value + "', but must have " + allowed + ", or * for any");
      }
    }
  }
}
