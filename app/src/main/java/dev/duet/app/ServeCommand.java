package dev.duet.app;

import dev.duet.app.config.ConfigSources;
import dev.duet.app.config.LogConfig;
import dev.duet.app.config.LoggingConfig.Format;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
      "  duet serve --set limits.publication=1MiB --log json",
      "  DUET_SERVER_ALLOWED_ORIGINS=https://app.example.com duet serve",
      "",
      "A configuration file is YAML: the one of --config, else the one of DUET_CONFIG,",
      "else duet.yaml in this directory. Flags win over variables (DUET_SERVER_PORT),",
      "those over the file. 'duet config default' prints a file with every setting.",
      "A small one:",
      "  server:",
      "    allowed-hosts: [duet.example.com]",
      "    allowed-origins: [https://app.example.com]",
      "  log:",
      "    data: /var/lib/duet",
      "    disk: 10GiB",
      "  limits:",
      "    publication: 1MiB",
      "  namespaces:",
      "    - pattern: prices.*",
      "      retention: {mode: latest, count: 10000}",
      "    - pattern: payments.*",
      "      durability: disk",
      "    - pattern: '*'",
      "      retention: {mode: history, count: 1000, bytes: 8MiB, age: 24h}",
      "  routes:",
      "    /events: {channel: clock}",
      "    /users/{id}/events: {channel: 'user.{id}', since: -10}",
      "  logging:",
      "    format: json"
    })
final class ServeCommand implements Callable<Integer> {
  private final Shell shell;

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
      description = "Port to listen on (8080; 0 takes a free one).")
  private @Nullable String port;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration file (YAML; ./duet.yaml if there is one).")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "SETTING=VALUE",
      description = "Any setting, such as server.port=9000. May be given several times.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--log",
      paramLabel = "FORMAT",
      description = "What the log looks like: text (the default) or json.")
  private @Nullable String log;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "How much is logged: error, warn, info (the default), debug or trace.")
  private @Nullable String logLevel;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Directory of what is kept on disk (made if it is not there).")
  private @Nullable String dataDirectory;

  @Option(
      names = "--memory",
      description = "Keeps all in memory, until the server stops; nothing on disk.")
  private boolean memory;

  @Option(
      names = "--echo",
      description = "Serves a WebSocket at /echo that sends all back, for conformance tests.")
  private boolean echo;

  ServeCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (memory && dataDirectory != null) {
      throw new ParameterException(
          spec.commandLine(),
          "--memory keeps nothing on disk, and --data-dir says where on disk: give one of them");
    }
    var flags =
        new ConfigSources.Flags()
            .with("--host", "server.host", host)
            .with("--port", "server.port", port)
            .with("--data-dir", "log.data", dataDirectory)
            .with("--memory", "log.data", memory ? LogConfig.NONE : null)
            .with("--log", "logging.format", log)
            .with("--log-level", "logging.level", logLevel);
    settings.forEach(flags::set);
    ConfigSources sources =
        ConfigSources.load(config, shell.directory(), shell.environment(), flags);
    Logs.set(sources.config().logging());
    Logger logger = LoggerFactory.getLogger(ServeCommand.class);
    sources.warnings().forEach(logger::warn);
    Serving serving = Serving.start(sources, shell.directory(), echo);
    boolean asLog = sources.config().logging().format() == Format.JSON;
    PrintWriter out = spec.commandLine().getOut();
    Consumer<String> say = asLog ? logger::info : line -> say(out, line);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  serving.stop(say);
                  // A signal would make it 128 and its number, though all went as it should.
                  Runtime.getRuntime().halt(0);
                },
                "duet-stop"));
    serving.introduce(say);
    new CountDownLatch(1).await();
    return 0;
  }

  private static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
