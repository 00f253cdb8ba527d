package dev.duet.app;

import dev.duet.app.config.Config;
import dev.duet.app.config.ConfigFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `duet serve`.
@Command(
    name = "serve",
    header = "Runs a server.",
    description = {
      "",
      "It runs until it is told to stop (Ctrl-C, SIGTERM). Then streams are ended in order,"
          + " publishes under way are finished, and clients are told when to come back.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  duet serve",
      "  duet serve --port 9000",
      "  duet serve --config duet.yaml --host 0.0.0.0",
      "",
      "A configuration file is YAML; a flag wins over it. This one shows every group:",
      "  server:",
      "    allowed-hosts: [duet.example.com]",
      "    allowed-origins: [https://app.example.com]",
      "  log:",
      "    memory: 512MiB",
      "  limits:",
      "    publication: 1MiB",
      "  namespaces:",
      "    - pattern: prices.*",
      "      retention: {mode: latest, count: 10000}",
      "    - pattern: '*'",
      "      retention: {mode: history, count: 1000, bytes: 8MiB, age: 24h}",
      "  delivery:",
      "    heartbeat: 25s",
      "  transport:",
      "    connections: 50000"
    })
final class ServeCommand implements Callable<Integer> {
  private static final int MAX_PORT = 65_535;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Name or address to listen on (127.0.0.1; 0.0.0.0 for all of the machine's).")
  private @Nullable String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      converter = Port.class,
      description = "Port to listen on (8080; 0 takes a free one).")
  private @Nullable Integer port;

  @Option(names = "--config", paramLabel = "FILE", description = "Configuration file (YAML).")
  private @Nullable Path config;

  @Option(
      names = "--memory",
      description =
          "Keeps publications in memory, until the server stops. So far there is nothing else.")
  private boolean memory;

  @Option(
      names = "--echo",
      description = "Serves a WebSocket at /echo that sends all back, for conformance tests.")
  private boolean echo;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this.")
  private boolean help;

  @Override
  public Integer call() throws InterruptedException {
    Config effective = effective();
    PrintWriter out = spec.commandLine().getOut();
    Serving serving = Serving.start(effective, echo);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  serving.stop(out);
                  // A signal would make it 128 and its number, though all went as it should.
                  Runtime.getRuntime().halt(0);
                },
                "duet-stop"));
    serving.introduce(out);
    new CountDownLatch(1).await();
    return 0;
  }

  private Config effective() {
    if (host != null && (host.isBlank() || host.chars().anyMatch(c -> c <= ' '))) {
      throw wrong("--host is '" + host + "', but must be a name or an address");
    }
    Config read = config == null ? Config.DEFAULT : ConfigFile.read(config);
    Config.Server server = read.server();
    if (host != null) {
      server = server.withHost(host);
    }
    if (port != null) {
      server = server.withPort(port);
    }
    return read.withServer(server);
  }

  private ParameterException wrong(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  private static final class Port implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= MAX_PORT) {
        return Integer.valueOf(text);
      }
      throw new TypeConversionException(
          "'" + text + "' is not a whole number from 0 to " + MAX_PORT);
    }
  }
}
