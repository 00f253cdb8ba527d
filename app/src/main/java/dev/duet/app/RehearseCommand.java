package dev.duet.app;

import dev.duet.app.config.ConfigSources;
import dev.duet.app.config.LogConfig;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `duet rehearse`: does once what a server and its clients do, so that the JVM can note which
/// classes that takes (JEP 483, JEP 514). The launcher runs it after a build.
@Command(
    name = "rehearse",
    hidden = true,
    header = {"Runs a server on a free port, uses it, and stops it.", ""})
final class RehearseCommand implements Callable<Integer> {
  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @Override
  public Integer call() {
    var flags =
        new ConfigSources.Flags()
            .with("--port", "server.port", 0)
            .with("--memory", "log.data", LogConfig.NONE);
    ConfigSources sources = ConfigSources.load(null, Path.of("/nowhere"), Map.of(), flags);
    Logs.set(sources.config().logging());
    Serving serving = Serving.start(sources, Path.of(""), false);
    PrintWriter out = spec.commandLine().getOut();
    serving.introduce(out::println);
    var input = new ByteArrayInputStream("b\n".getBytes(StandardCharsets.UTF_8));
    var shell = new Shell(Map.of("DUET_URL", serving.url()), Path.of(""), input, false, true);
    int failed = 0;
    for (String line :
        new String[] {
          "publish rehearsal a",
          "publish rehearsal --lines",
          "subscribe rehearsal --since=start --count=2 --timeout=30s -q",
          "subscribe rehearsal --since=start --count=2 --timeout=30s -q --transport=websocket",
          "config check",
          "help"
        }) {
      failed +=
          Main.commandLine(shell)
              .setOut(out)
              .setErr(spec.commandLine().getErr())
              .execute(line.split(" "));
    }
    serving.stop(out::println);
    return failed == 0 ? 0 : 1;
  }
}
