package dev.duet.app;

import dev.duet.app.client.Follower;
import dev.duet.app.client.Follower.Transport;
import dev.duet.app.client.Message;
import dev.duet.app.client.Reading;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `duet subscribe`.
@Command(
    name = "subscribe",
    header = {"Follows a channel, or several.", ""},
    description = {
      "It comes back by itself after a cut, a restart or a drain, and goes on where it was: every"
          + " publication once and in order, or a gap that says which are missing.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Prints a line for people on a terminal, and a line of JSON (NDJSON) in a pipe.",
      "At its end it says on stderr where to go on.",
      "",
      "Examples:",
      "  duet subscribe hello",
      "  duet subscribe orders,alerts --since -10",
      "  duet subscribe orders --since 2026-01-31T12:00:00Z --count 5",
      "  duet subscribe prices --transport websocket --url https://duet.example.com",
      "  duet subscribe orders | jq .data",
      "",
      "Exit codes: 0 it has seen --count publications, or --timeout passed, or all",
      "channels ended; 1 the server refused or cannot be reached, or --timeout passed",
      "before --count; 2 wrong usage."
    })
final class SubscribeCommand implements Callable<Integer> {

  private static final Duration STOP = Duration.ofSeconds(1);

  private final Shell shell;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  @Parameters(
      index = "0",
      paramLabel = "CHANNEL",
      description = "A channel; commas separate several.")
  private String channels;

  @Option(
      names = "--since",
      paramLabel = "WHERE",
      description =
          "Where to begin: now (the default; of a 'latest' channel start), start, -10 (the last"
              + " ten of each), a time ending in Z, or a cursor.")
  private @Nullable String since;

  @Option(names = "--count", paramLabel = "N", description = "Ends after so many publications.")
  private @Nullable Long count;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = Times.class,
      description = "Ends after so long: 500ms, 30s, 5m.")
  private @Nullable Duration timeout;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      description = "At most one delivery in this time, such as 500ms, with all that came.")
  private @Nullable String every;

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      converter = Name.class,
      completionCandidates = Name.class,
      description = "sse (the default), ndjson, poll, websocket or duet.v1.")
  private Transport transport = Transport.SSE;

  @Mixin private ServerOptions server = new ServerOptions();

  private long seen;

  SubscribeCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (count != null && count < 1) {
      throw new ParameterException(spec.commandLine(), "--count is at least 1");
    }
    var readable = new ReadableLines(ZoneId.systemDefault());
    PrintWriter out = spec.commandLine().getOut();
    var follower =
        new Follower(
            new Reading(server.remote(shell), channels, since, every),
            transport,
            message -> take(message, out, readable),
            (why, pause) ->
                note("the connection %s; back in %s".formatted(why, PublishCommand.shown(pause))),
            () -> ThreadLocalRandom.current().nextDouble());
    var ended = new CountDownLatch(1);
    var hook = new Thread(() -> sayWhereToGoOn(follower), "duet-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    if (timeout != null) {
      Thread following = Thread.currentThread();
      Thread.ofVirtual().start(() -> interrupt(following, ended));
    }
    try {
      boolean over = follower.follow();
      return over && count != null && seen < count ? Complaints.FAILED : 0;
    } catch (InterruptedException e) {
      if (count != null) {
        note("only %d of %d came in time".formatted(seen, count));
      }
      return count == null ? 0 : Complaints.FAILED;
    } catch (UncheckedIOException e) {
      // Whoever read it has gone.
      return 0;
    } finally {
      ended.countDown();
      Thread.interrupted();
      if (removed(hook)) {
        sayWhereToGoOn(follower);
      }
    }
  }

  private void interrupt(Thread following, CountDownLatch ended) {
    try {
      if (timeout != null && !ended.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        following.interrupt();
      }
    } catch (InterruptedException e) {
      // The process ends.
    }
  }

  private static boolean removed(Thread hook) {
    try {
      return Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private boolean take(Message message, PrintWriter out, ReadableLines readable) {
    out.println(shell.watching() ? readable.of(message) : message.json());
    if (out.checkError()) {
      throw new UncheckedIOException(new IOException("nobody reads the output"));
    }
    if (message.isPublication()) {
      seen++;
    }
    return count == null || seen < count;
  }

  private void sayWhereToGoOn(Follower follower) {
    try {
      String cursor = follower.stop(STOP);
      if (cursor != null) {
        // An interactive bash would take what follows a ! from its history.
        note("go on with --since " + (cursor.indexOf('!') < 0 ? cursor : "'" + cursor + "'"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void note(String text) {
    if (!server.quiet) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("duet: " + text);
      err.flush();
    }
  }

  /// The words for `--transport`.
  private static final class Name implements ITypeConverter<Transport>, Iterable<String> {
    private static final Map<String, Transport> WORDS =
        Arrays.stream(Transport.values())
            .collect(
                Collectors.toMap(
                    Transport::word, transport -> transport, (a, b) -> a, LinkedHashMap::new));

    @Override
    public Transport convert(String text) {
      Transport named = WORDS.get(text);
      if (named == null) {
        throw new TypeConversionException(
            "'" + text + "' is not one of " + String.join(", ", WORDS.keySet()));
      }
      return named;
    }

    @Override
    public Iterator<String> iterator() {
      return WORDS.keySet().iterator();
    }
  }
}
