package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeWireTest {
  @TempDir Path directory;

  @Test
  void servesAndStopsInOrder() throws Exception {
    try (var serve = ServeProcess.ofClasses("serve", "--port", "0", "--memory").awaitStart();
        var client = HttpClient.newHttpClient()) {
      String origin = serve.origin();
      assertThat(serve.out())
          .matches(
              """
              Duet development is at ORIGIN \\(open it in a browser\\)
              Configuration: DUET_LOGGING_NETTY_LEVEL, --memory, --port
              Channels are kept in memory, at most [0-9.]+ MiB: they are gone when it stops;\
               nothing is written to disk
              Watch a channel:    curl -N ORIGIN/channels/hello
              Publish to it:      curl -d 'Hello, world' ORIGIN/channels/hello
              Read what it keeps: curl -N 'ORIGIN/channels/hello\\?since=start'
              """
                  .replace("ORIGIN", origin));

      URI channel = URI.create(origin + "/channels/hello");
      CompletableFuture<HttpResponse<String>> stream =
          client.sendAsync(
              HttpRequest.newBuilder(URI.create(channel + "?since=start")).build(),
              BodyHandlers.ofString());
      client.send(
          HttpRequest.newBuilder(channel).POST(BodyPublishers.ofString("Hello, world")).build(),
          BodyHandlers.ofString());
      HttpResponse<String> page =
          client.send(
              HttpRequest.newBuilder(URI.create(channel + "?since=start&wait=10s"))
                  .header("accept", "application/json")
                  .build(),
              BodyHandlers.ofString());
      assertThat(page.body()).contains("Hello, world");

      assertThat(serve.terminate().exitCode()).isZero();
      assertThat(stream.join().body())
          .contains("data: Hello, world\n")
          .contains("event: duet.end\ndata: {\"reason\":\"restart\"");
      assertThat(serve.out()).endsWith("Stopping, which takes at most 10 s\nStopped\n");
      assertThat(serve.err()).isEmpty();
    }
  }

  @Test
  void keepingNothingOnDiskAndWhereIsAContradiction() throws Exception {
    try (var serve = ServeProcess.ofClasses("serve", "--memory", "--data-dir", "x")) {
      assertThat(serve.exitCode()).isEqualTo(2);
      assertThat(serve.err())
          .startsWith(
              "duet: --memory keeps nothing on disk, and --data-dir says where on disk: give one of"
                  + " them\n");
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterKill9AndAnOldCursorGoesOn() throws Exception {
    String data = directory.resolve("data").toString();
    String cursor;
    try (var client = HttpClient.newHttpClient()) {
      try (var serve = ServeProcess.ofClasses("serve", "--port", "0", "--data-dir", data)) {
        serve.awaitStart();
        assertThat(serve.out())
            .contains("\nChannels are kept in " + data + ", at most 1 GiB\n  *: durability 'os', ");
        publish(client, serve, "one");
        String receipt = publish(client, serve, "two");
        assertThat(receipt).contains("\"durability\":\"os\"");
        cursor = receipt.replaceAll("(?s).*\"cursor\":\"([^\"]*)\".*", "$1");
        publish(client, serve, "three");
      }
      try (var serve = ServeProcess.ofClasses("serve", "--port", "0", "--data-dir", data)) {
        serve.awaitStart();
        HttpResponse<String> page =
            client.send(
                HttpRequest.newBuilder(
                        URI.create(serve.origin() + "/channels/hello?since=" + cursor))
                    .header("accept", "application/json")
                    .build(),
                BodyHandlers.ofString());
        assertThat(page.body())
            .contains("\"data\":\"three\"", "\"gaps\":[]")
            .doesNotContain("\"one\"", "\"two\"");
        try (var second = ServeProcess.ofClasses("serve", "--port", "0", "--data-dir", data)) {
          assertThat(second.exitCode()).isEqualTo(1);
          assertThat(second.err())
              .matches("duet: the data directory .* is used by another server, .*\n");
        }
      }
    }
  }

  private static String publish(HttpClient client, ServeProcess serve, String text)
      throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(serve.origin() + "/channels/hello"))
                .POST(BodyPublishers.ofString(text))
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  @Test
  void aDataDirectoryThatIsAFile() throws Exception {
    Path file = Files.writeString(directory.resolve("data"), "");
    try (var serve = ServeProcess.ofClasses("serve", "--data-dir", file.toString())) {
      assertThat(serve.exitCode()).isEqualTo(1);
      assertThat(serve.err())
          .isEqualTo(
              "duet: the data directory %s is a file; it must be a directory, or not there yet\n"
                  .formatted(file));
      assertThat(serve.out()).isEmpty();
    }
  }

  @Test
  void aPortThatIsTaken() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        var serve = ServeProcess.ofClasses("serve", "--port", "" + taken.getLocalPort())) {
      assertThat(serve.exitCode()).isEqualTo(1);
      assertThat(serve.err())
          .isEqualTo(
              "duet: port %d of 127.0.0.1 is taken by another program; choose another with --port\n"
                  .formatted(taken.getLocalPort()));
      assertThat(serve.out()).isEmpty();
    }
  }

  @Test
  void aConfigurationThatIsWrong() throws Exception {
    Path file = Files.writeString(directory.resolve("duet.yaml"), "server:\n  prot: 1\n");
    try (var serve = ServeProcess.ofClasses("serve", "--config", file.toString())) {
      assertThat(serve.exitCode()).isEqualTo(2);
      assertThat(serve.err())
          .isEqualTo("duet: " + file + ":2: unknown key 'prot' in server; did you mean 'port'?\n");
    }
  }

  @Test
  void everyErrorOfAConfigurationIsTold() throws Exception {
    Path file = Files.writeString(directory.resolve("duet.yaml"), "server:\n  prot: 1\nx: y\n");
    try (var check = ServeProcess.ofClasses("config", "check", file.toString())) {
      assertThat(check.exitCode()).isEqualTo(2);
      assertThat(check.err())
          .startsWith("duet: " + file + ":2: unknown key 'prot'")
          .contains("\nduet: " + file + ":3: unknown key 'x'; known are server, ");
      assertThat(check.out()).isEmpty();
    }
  }

  @Test
  void logsAreJsonOnRequest() throws Exception {
    Path file = Files.writeString(directory.resolve("duet.yaml"), "logging: {format: json}\n");
    try (var serve =
        ServeProcess.with(
                Map.of("DUET_CONFIG", file.toString(), "DUET_SERVER_PROT", "1"),
                "serve",
                "--port",
                "0")
            .awaitLog("Read what it keeps")) {
      assertThat(serve.terminate().exitCode()).isZero();
      assertThat(serve.out()).isEmpty();
      assertThat(serve.log().lines())
          .isNotEmpty()
          .allSatisfy(
              line ->
                  assertThat(line)
                      .startsWith("{\"timestamp\":")
                      .contains("\"level\":\"", "\"loggerName\":\"", "\"formattedMessage\":\"")
                      .endsWith("}"));
      assertThat(serve.log().replace("\\/", "/"))
          .contains(
              "the variable DUET_SERVER_PROT means nothing here; did you mean DUET_SERVER_PORT?",
              "Configuration: " + file + ", DUET_LOGGING_NETTY_LEVEL, --port",
              "\"formattedMessage\":\"Stopped\"");
    }
  }

  @Test
  void flagsWinOverTheFile() throws Exception {
    Path file =
        Files.writeString(directory.resolve("duet.yaml"), "server:\n  port: 1\n  host: 0.0.0.0\n");
    try (var serve =
        ServeProcess.ofClasses("serve", "--config", file.toString(), "--port", "0").awaitStart()) {
      assertThat(serve.port()).isGreaterThan(1);
      assertThat(serve.out())
          .contains("http://localhost:", "but answers only as localhost: server.allowed-hosts");
    }
  }
}
