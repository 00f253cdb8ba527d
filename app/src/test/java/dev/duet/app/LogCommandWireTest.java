package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `duet log` on the data directories of servers.
final class LogCommandWireTest {
  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return run(Map.of(), InputStream.nullInputStream(), arguments);
  }

  private int run(Map<String, String> environment, InputStream in, String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.commandLine(new Shell(environment, directory, in, false, false))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private static ServeProcess serve(Path data) throws InterruptedException {
    return ServeProcess.ofClasses(
            "serve", "--port", "0", "--data-dir", data.toString(), "--set", "log.disk=64MiB")
        .awaitStart();
  }

  private void publish(ServeProcess server, String channel, String lines) {
    assertThat(
            run(
                Map.of("DUET_URL", server.origin()),
                new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)),
                "publish",
                channel,
                "--ndjson"))
        .as(err.toString())
        .isZero();
  }

  private static String get(ServeProcess server, String path, String accept) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create(server.origin() + path))
                  .header("accept", accept)
                  .build(),
              BodyHandlers.ofString())
          .body();
    }
  }

  @Test
  void aBackupOfARunningServerIsRestoredAndItsReadersGoOn() throws Exception {
    Path data = directory.resolve("data");
    Path backup = directory.resolve("backup");
    String cursor;
    try (ServeProcess server = serve(data)) {
      publish(server, "orders", "{\"data\":1}\n{\"data\":2}\n");
      cursor =
          get(server, "/cursor", "text/plain")
              .replaceAll("(?s).*?([a-z0-9]{5}\\.[0-9~.a-z]+).*", "$1");
      publish(
          server,
          "orders",
          "{\"data\":{\"n\":3},\"event\":\"e\"}\n{\"data64\":\"AP8=\",\"end\":true}\n");

      assertThat(run("log", "inspect", "--data-dir", "data", "--channels")).isZero();
      assertThat(out.toString())
          .contains("Log 'os': in use, or it ended without a stop", "orders", "number");
      assertThat(run("log", "verify", "--data-dir", "data")).as(out.toString()).isZero();
      assertThat(out.toString()).contains("all is well");
      assertThat(run("log", "backup", "--data-dir", "data", "--to", "backup"))
          .as(err.toString())
          .isZero();
      assertThat(out.toString()).contains("os: log ", "To restore it", "cp -a " + backup);
      publish(server, "later", "{\"data\":\"later\"}\n");
    }
    assertThat(run("log", "backup", "--data-dir", "data", "--to", "backup")).isEqualTo(1);
    assertThat(err.toString()).contains("is not empty; a backup goes to an empty directory");

    assertThat(run("log", "export", "--data-dir", "backup", "--since", cursor)).isZero();
    assertThat(out.toString().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("{\"channel\":\"orders\",\"offset\":")
                    .contains("\"event\":\"e\"", "\"time\":")
                    .endsWith("\"data\":{\"n\":3}}"),
            line -> assertThat(line).endsWith("\"data64\":\"AP8=\",\"end\":true}"));

    try (ServeProcess server = serve(backup)) {
      String lines = get(server, "/channels/orders?since=" + cursor, "application/x-ndjson");
      assertThat(lines)
          .containsSubsequence(
              "duet.gap", "\"log-changed\"", "\"n\":3", "\"data64\":\"AP8=\"", "duet.end")
          .containsOnlyOnce("duet.gap")
          .doesNotContain("\"data\":2");
      assertThat(get(server, "/channels/later?since=start", "application/json"))
          .contains("\"publications\":[]");
      // Whoever had more than the backup has is told so.
      String ahead = cursor.replaceAll("\\.[0-9]+", ".9007199254740991");
      assertThat(get(server, "/channels/orders?since=" + ahead, "application/json"))
          .contains("log-changed");
    }
  }

  @Test
  void inspectAndVerifyForPrograms() throws Exception {
    try (ServeProcess server = serve(directory.resolve("data"))) {
      publish(server, "a", "{\"data\":1}\n");
      publish(server, "b", "{\"data\":1}\n{\"data\":2}\n");
      server.terminate().exitCode();
    }
    assertThat(run("log", "inspect", "--data-dir", "data", "--json", "--channels", "--limit", "1"))
        .isZero();
    assertThat(out.toString())
        .startsWith("{\"directory\":\"")
        .contains(
            "\"log\":\"os\"",
            "\"condition\":\"stopped\"",
            "\"channelCount\":2",
            "{\"channel\":\"b\",\"latest\":false,\"records\":2,");
    assertThat(run("log", "verify", "--data-dir", "data", "--json")).isZero();
    assertThat(out.toString()).contains("\"problems\":[]", "\"records\":3", "\"ok\":true}");

    Path file = log(directory.resolve("data/os"));
    byte[] bytes = Files.readAllBytes(file);
    bytes[100] ^= 1;
    Files.write(file, bytes);
    assertThat(run("log", "verify", "--data-dir", "data", "--json")).isEqualTo(1);
    assertThat(out.toString())
        .contains(
            "\"file\":\"os/" + file.getFileName() + "\"", "\"known\":false}", "\"ok\":false}");
    assertThat(run("log", "verify", "--data-dir", "data")).isEqualTo(1);
    assertThat(out.toString())
        .contains("damaged", " (new)\n", "os: 2 records in ", "1 problem, 0 known and 1 new");
    assertThat(run("log", "export", "--data-dir", "data")).isEqualTo(1);
    assertThat(out.toString().lines()).hasSize(2);
    assertThat(err.toString()).contains("are damaged: what was there is not in the export");

    // A start finds it, and keeps it as a hole.
    try (ServeProcess server = serve(directory.resolve("data"))) {
      server.terminate().exitCode();
    }
    assertThat(run("log", "verify", "--data-dir", "data", "--json")).isEqualTo(1);
    assertThat(out.toString()).contains("\"known\":true}").doesNotContain("\"known\":false");
    assertThat(run("log", "verify", "--data-dir", "data")).isEqualTo(1);
    assertThat(out.toString())
        .contains("(known: a hole in the manifest)\n", "1 problem, 1 known and 0 new");
  }

  private static Path log(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(one -> one.toString().endsWith(".log") && one.toFile().length() > 64)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "log inspect --data-dir nowhere | there is no directory DIR/nowhere",
        "log verify --data-dir file | DIR/file is a file; it must be a data directory",
        "log export --data-dir empty | DIR/empty is not a data directory of Duet: it has no log in"
            + " 'os' or 'disk'",
        "log backup --data-dir empty --to to | DIR/empty is not a data directory of Duet: it has no"
            + " log in 'os' or 'disk'",
        "log inspect --data-dir damaged | DIR/damaged: is damaged: os/manifest: the checksum in its"
            + " last line is wrong; a server that starts on it mends what it can and says what is"
            + " lost",
        "log backup --data-dir empty --to link/to | DIR/link/to cannot be made: DIR/link: it is"
            + " there already",
        "log inspect --data-dir none | this configuration keeps nothing on disk (log.data: none);"
            + " --data-dir names a data directory",
      })
  void aDirectoryThatCannotBeUsed(String line, String problem) throws IOException {
    Files.createDirectories(directory.resolve("empty"));
    Files.createFile(directory.resolve("file"));
    Files.writeString(
        Files.createDirectories(directory.resolve("damaged/os")).resolve("manifest"),
        "duet log 1\ncheck 00000000\n");
    Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
    assertThat(run(line.split(" "))).isEqualTo(1);
    assertThat(err).hasToString("duet: " + problem.replace("DIR", directory.toString()) + "\n");
    assertThat(out.toString()).isEmpty();
  }

  /// Nothing of a backup that failed is left; what was there before is.
  @Test
  void aBackupThatFailedLeavesNothingThatItMade() throws Exception {
    Files.createDirectories(directory.resolve("empty"));
    Path there = Files.createDirectories(directory.resolve("there"));
    assertThat(run("log", "backup", "--data-dir", "empty", "--to", "a/b/c")).isEqualTo(1);
    assertThat(directory.resolve("a")).doesNotExist();
    assertThat(run("log", "backup", "--data-dir", "empty", "--to", "there")).isEqualTo(1);
    assertThat(there).isEmptyDirectory();
    assertThat(run("log", "backup", "--data-dir", "empty", "--to", "there/inner")).isEqualTo(1);
    assertThat(there).isEmptyDirectory();

    // The second log fails, when the first one was copied.
    Path data = directory.resolve("data");
    try (ServeProcess server = serve(data)) {
      publish(server, "orders", "{\"data\":1}\n");
      server.terminate().exitCode();
    }
    Files.writeString(Files.createDirectories(data.resolve("disk")).resolve("manifest"), "x");
    assertThat(run("log", "backup", "--data-dir", "data", "--to", "a/b")).isEqualTo(1);
    assertThat(err.toString()).contains("is damaged");
    assertThat(directory.resolve("a")).doesNotExist();
  }

  @Test
  void wrongUsageIsToldWithTheHelpThatThereIs() {
    for (List<String> line :
        List.of(
            List.of("log", "backup"),
            List.of("log", "inspect", "--limit", "0"),
            List.of("log", "export", "--sinse", "x"))) {
      assertThat(run(line.toArray(String[]::new))).isEqualTo(2);
      assertThat(err.toString())
          .contains("'duet help log " + line.get(1) + "' shows what there is.");
    }
    assertThat(run("log", "backup", "--help")).isZero();
    assertThat(out.toString()).contains("--to=DIR", "--data-dir=DIR", "--copy");
  }
}
