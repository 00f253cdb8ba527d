package dev.duet.app;

import dev.duet.app.client.ClientException;
import dev.duet.app.client.JsonText;
import dev.duet.app.client.Publisher;
import dev.duet.app.client.Publisher.Request;
import dev.duet.app.client.Publisher.Result;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `duet publish`.
@Command(
    name = "publish",
    header = {"Publishes to a channel, or to several.", ""},
    description = {
      "The payload is DATA, else the file of --file, else what comes on standard input. Without"
          + " --type the server takes valid JSON as JSON, else UTF-8 as text, else bytes.",
      "",
      "What the server cannot take now (busy, stopping, a connection that breaks) is sent again,"
          + " with the same idempotency key: it is stored once.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Prints the receipt: a line for people on a terminal, and the server's JSON in",
      "a pipe.",
      "",
      "Examples:",
      "  duet publish hello 'Hello, world'",
      "  duet publish orders '{\"total\": 42}' --event paid",
      "  duet publish prices 3.14 --key de",
      "  duet publish prices --delete --key de",
      "  duet publish a,b 'to both'",
      "  duet publish pictures --file cat.png --type image/png",
      "  tail -F app.log | duet publish logs --lines",
      "  printf '%%s\\n"
          + "' '{\"data\":1}' '{\"data\":2,\"key\":\"x\"}' | duet publish a --ndjson",
      "",
      "Exit codes: 0 published, 1 not published, 2 wrong usage, 3 refused for what is",
      "there already (--if-match, an ended channel, an idempotency key that was used",
      "for something else)."
    })
final class PublishCommand implements Callable<Integer> {
  /// The most that a server can be set to take.
  private static final int MAX_BYTES = 16 << 20;

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

  @Parameters(index = "1", arity = "0..1", paramLabel = "DATA", description = "The payload.")
  private @Nullable String data;

  @Option(names = "--file", paramLabel = "FILE", description = "Takes the payload from a file.")
  private @Nullable Path file;

  @Option(
      names = "--lines",
      description = "Each line that comes is a publication of its own: a text.")
  private boolean lines;

  @Option(
      names = "--ndjson",
      description = "Each line is an object: data, data64 or deleted; event, key, end, …")
  private boolean ndjson;

  @Option(names = "--event", paramLabel = "NAME", description = "The event's name.")
  private @Nullable String event;

  @Option(names = "--key", paramLabel = "KEY", description = "The key, for 'latest' channels.")
  private @Nullable String key;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "Content type: application/json, text/plain, application/octet-stream, …")
  private @Nullable String type;

  @Option(
      names = "--if-match",
      paramLabel = "OFFSET",
      description = "Only if nothing was published since; 0: only if nothing is there.")
  private @Nullable String ifMatch;

  @Option(
      names = "--idempotency-key",
      paramLabel = "KEY",
      description = "Stores it once, however often this command runs within two minutes.")
  private @Nullable String idempotencyKey;

  @Option(names = "--end", description = "It is the channel's last publication.")
  private boolean end;

  @Option(names = "--delete", description = "Deletes --key; there is no payload.")
  private boolean delete;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = Times.class,
      description = "How long to try (30s; at most 100s, for keys are remembered for two minutes).")
  private Duration timeout = Duration.ofSeconds(30);

  @Mixin private ServerOptions server = new ServerOptions();

  PublishCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    var publisher =
        new Publisher(
            server.remote(shell),
            timeout,
            (why, pause) -> note(why + "; trying again in " + shown(pause)),
            () -> ThreadLocalRandom.current().nextDouble());
    String once = idempotencyKey == null ? UUID.randomUUID().toString() : idempotencyKey;
    if (lines || ndjson) {
      return publishLines(publisher, once);
    }
    var query = new ArrayList<Map.Entry<String, String>>();
    if (event != null) {
      query.add(Map.entry("event", event));
    }
    if (key != null) {
      query.add(Map.entry("key", key));
    }
    if (end) {
      query.add(Map.entry("end", ""));
    }
    byte[] body = delete ? new byte[0] : body();
    return print(
        publisher.publish(
            new Request(delete ? "DELETE" : "POST", channels, query, body, type, once, ifMatch)));
  }

  private void check() {
    if (data != null && file != null) {
      throw wrong("give DATA or --file, not both");
    } else if (delete && (key == null || data != null || file != null || event != null || end)) {
      throw wrong("--delete takes --key, and no payload, event or end");
    } else if (lines && ndjson) {
      throw wrong("give --lines or --ndjson, not both");
    } else if ((lines || ndjson) && (ifMatch != null || end || delete || type != null)) {
      throw wrong("--lines and --ndjson take no --if-match, --end, --delete or --type");
    } else if (ndjson && (event != null || key != null)) {
      throw wrong("with --ndjson the event and the key stand in each line");
    } else if ((lines || ndjson) && channels.indexOf(',') >= 0) {
      throw wrong("lines go to one channel");
    } else if (timeout.compareTo(Publisher.MOST) > 0) {
      throw wrong("--timeout is at most " + Publisher.MOST.toSeconds() + "s");
    } else if (!delete && data == null && file == null && shell.typing() && !lines && !ndjson) {
      throw wrong("nothing to publish: give it as an argument, with --file, or in a pipe");
    }
  }

  private byte[] body() throws IOException {
    try (InputStream in = input()) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw wrong("the payload has more than 16 MiB, the most that a server takes");
      }
      return bytes;
    }
  }

  private InputStream input() throws IOException {
    if (data != null) {
      return new ByteArrayInputStream(data.getBytes(StandardCharsets.UTF_8));
    } else if (file == null) {
      return shell.in();
    }
    try {
      return Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw wrong("there is no file " + file);
    }
  }

  // ---- lines

  private int publishLines(Publisher publisher, String once)
      throws IOException, InterruptedException {
    // With a key of the user's the parts must be the same each time, however the input comes.
    boolean prompt = idempotencyKey == null && file == null && data == null;
    int worst = 0;
    try (InputStream in = input()) {
      var batches = new LineBatches(in, prompt, lines ? this::asObject : line -> line);
      for (LineBatches.Batch batch = batches.next(); batch != null; batch = batches.next()) {
        var request =
            new Request(
                "POST",
                channels,
                List.of(),
                batch.body(),
                "application/x-ndjson",
                once + "-" + batch.number(),
                null);
        try {
          worst = Math.max(worst, print(publisher.publish(request)));
        } catch (ClientException e) {
          throw batches.named(batch, e);
        }
        if (worst != 0) {
          note("not published from there on, input lines " + batch.lines() + " and what follows");
          return worst;
        }
      }
    }
    return 0;
  }

  private String asObject(String line) {
    return "{\"data\":"
        + JsonText.quoted(line)
        + (event == null ? "" : ",\"event\":" + JsonText.quoted(event))
        + (key == null ? "" : ",\"key\":" + JsonText.quoted(key))
        + "}";
  }

  // ---- what is printed

  private int print(List<Result> results) {
    PrintWriter out = spec.commandLine().getOut();
    int worst = 0;
    for (Result result : results) {
      if (!shell.watching()) {
        out.println(result.json());
      } else if (result.failure() == null) {
        out.println(readable(result.members()));
      }
      if (result.failure() != null) {
        worst = Math.max(worst, result.condition() ? Complaints.CONDITION : Complaints.FAILED);
        String channel = JsonText.string(result.members().get("channel"));
        if (!"not-tried".equals(JsonText.string(result.members().get("code")))) {
          spec.commandLine().getErr().println("duet: " + channel + ": " + result.failure());
        }
      }
    }
    out.flush();
    return worst;
  }

  private String readable(Map<String, String> receipt) {
    String channel = JsonText.string(receipt.get("channel"));
    return "%s: %s at %s, cursor %s%s"
        .formatted(
            channel,
            delete ? "deleted" : "published",
            receipt.get("offset"),
            JsonText.string(receipt.get("cursor")),
            "true".equals(receipt.get("duplicate")) ? " (it was there already)" : "");
  }

  private void note(String text) {
    if (!server.quiet) {
      spec.commandLine().getErr().println("duet: " + text);
    }
  }

  static String shown(Duration pause) {
    return pause.toMillis() / 100 / 10.0 + " s";
  }

  private ParameterException wrong(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
