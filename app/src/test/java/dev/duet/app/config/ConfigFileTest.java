package dev.duet.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Retention.Mode;
import dev.duet.server.DuetSettings;
import dev.duet.server.http.Route;
import dev.duet.server.transport.TrustedProxies;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigFileTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "server:\n", "server: {}\nlog: ~\n"})
  void whatIsNotSaidIsAsByDefault(String yaml) {
    assertThat(parse(yaml)).isEqualTo(Config.DEFAULT);
  }

  @Test
  void nothingIsOnDiskWhereTheDirectoryIsNone() {
    assertThat(parse("log: {data: none}").settings(Path.of("/here")).dataDirectory()).isNull();
    assertThat(parse("log: {data: ./none}").settings(Path.of("/here")).dataDirectory()).isNotNull();
  }

  @Test
  void defaultsAreTheEmbeddedServers() {
    DuetSettings made = Config.DEFAULT.settings(Path.of("/here"));
    DuetSettings embedded = DuetSettings.DEFAULT;
    assertThat(made.hub()).isEqualTo(embedded.hub());
    assertThat(made.limits()).isEqualTo(embedded.limits());
    assertThat(made.diskBytes()).isEqualTo(embedded.diskBytes());
    assertThat(made.segmentBytes()).isEqualTo(embedded.segmentBytes());
    assertThat(made.sessions()).isEqualTo(embedded.sessions());
    assertThat(made.allowed()).isEqualTo(embedded.allowed());
    assertThat(made.namespaces()).isEqualTo(embedded.namespaces());
    assertThat(made.memoryBytes()).isEqualTo(embedded.memoryBytes());
    assertThat(made.stopTimeout()).isEqualTo(embedded.stopTimeout());
    assertThat(made.transport().deadlines()).isEqualTo(embedded.transport().deadlines());
    assertThat(made.transport().maxConnections()).isEqualTo(embedded.transport().maxConnections());
  }

  @Test
  void everyKeyReachesTheSettings() {
    DuetSettings settings =
        parse(
                """
                server:
                  host: 0.0.0.0
                  port: 9000
                  allowed-hosts: [duet.example.com, "[2001:db8::1]"]
                  allowed-origins:
                    - https://app.example.com
                    - "null"
                  stop-timeout: 3s
                proxies: {trusted: [127.0.0.1, "fd00::/8"], fields: forwarded, protocol: true}
                log: {data: kept here, disk: 2GiB, segment: 8MiB, memory: 32MiB}
                limits: {publication: 16MiB, in-flight: 64MiB, socket-channels: 7, socket-requests: 8}
                namespaces:
                  - pattern: prices.*
                    retention: {mode: latest, count: 5, bytes: 1KiB, age: 2d}
                    durability: disk
                  - pattern: "*"
                    retention: {mode: none}
                delivery:
                  heartbeat: 20s
                  retry: 500ms
                  returns-per-second: 7
                  ring-bytes: 2MiB
                  ring-count: 1024
                transport:
                  connections: 10
                  loops: 3
                  epoll: false
                  head-timeout: 1s
                  idle-timeout: 2s
                  body-timeout: 3s
                  body-rate: 2KiB
                  drain-timeout: 1m
                """)
            .settings(Path.of("/here"));

    assertThat(settings.host()).isEqualTo("0.0.0.0");
    assertThat(settings.port()).isEqualTo(9000);
    assertThat(settings.allowed().hosts()).containsExactly("duet.example.com", "[2001:db8::1]");
    assertThat(settings.allowed().origins()).containsExactly("https://app.example.com", "null");
    assertThat(settings.stopTimeout()).isEqualTo(Duration.ofSeconds(3));
    TrustedProxies proxies = settings.transport().proxies();
    assertThat(proxies.ranges()).hasToString("[127.0.0.1, fd00::/8]");
    assertThat(proxies.fields()).isEqualTo(TrustedProxies.Fields.FORWARDED);
    assertThat(proxies.protocol()).isTrue();
    assertThat(settings.dataDirectory()).isEqualTo(Path.of("/here/kept here"));
    assertThat(settings.diskBytes()).isEqualTo(2L << 30);
    assertThat(settings.segmentBytes()).isEqualTo(8 << 20);
    assertThat(settings.memoryBytes()).isEqualTo(32 << 20);
    assertThat(settings.limits().maxBodyBytes()).isEqualTo(16 << 20);
    assertThat(settings.limits().maxInFlightBytes()).isEqualTo(64 << 20);
    assertThat(settings.sessions().maxChannels()).isEqualTo(7);
    assertThat(settings.sessions().maxRequests()).isEqualTo(8);
    Namespace prices = settings.namespaces().list().getFirst();
    assertThat(prices.pattern()).isEqualTo("prices.*");
    assertThat(prices.durability()).isEqualTo(Durability.DISK);
    assertThat(prices.retention())
        .isEqualTo(new dev.duet.broker.Retention(Mode.LATEST, 5, 1024, Duration.ofDays(2)));
    assertThat(settings.namespaces().list().get(1).retention().mode()).isEqualTo(Mode.NONE);
    assertThat(settings.hub().heartbeat()).isEqualTo(Duration.ofSeconds(20));
    assertThat(settings.hub().retryMillis()).isEqualTo(500);
    assertThat(settings.hub().returnsPerSecond()).isEqualTo(7);
    assertThat(settings.hub().ringBytes()).isEqualTo(2 << 20);
    assertThat(settings.hub().ringEntries()).isEqualTo(1024);
    assertThat(settings.transport().maxConnections()).isEqualTo(10);
    assertThat(settings.transport().loops()).isEqualTo(3);
    assertThat(settings.transport().epoll()).isFalse();
    assertThat(settings.transport().deadlines().head()).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.transport().deadlines().idle()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.transport().deadlines().body()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.transport().deadlines().bodyBytesPerSecond()).isEqualTo(2048);
    assertThat(settings.transport().deadlines().drain()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.transport().deadlines().path()).isEqualTo(Duration.ofSeconds(40));
  }

  /// The line breaks of the first column are written as `§`.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "server:§  prot: 1 | c.yaml:2: unknown key 'prot' in server; did you mean 'port'?",
        "server:§  allowedHosts: [a] | c.yaml:2: unknown key 'allowedHosts' in server; did you mean"
            + " 'allowed-hosts'?",
        "port: 1 | c.yaml:1: unknown key 'port'; did you mean server.port?",
        "proxies: {trusted: [localhost]} | c.yaml:1: proxies.trusted has 'localhost', which is not"
            + " an address or a range such as 10.0.0.7, 10.0.0.0/8, fd00::/8",
        "proxies: {trusted: [10.0.0.7/8]} | c.yaml:1: proxies.trusted has '10.0.0.7/8', which has"
            + " bits beyond its length of 8; the range is not clear",
        "proxies: {trusted: [10.0.0.0/33]} | c.yaml:1: proxies.trusted has '10.0.0.0/33', which is"
            + " not an address or a range such as 10.0.0.7, 10.0.0.0/8, fd00::/8; its length is 0"
            + " to 32",
        "proxies: {protocol: true} | c.yaml:1: proxies.protocol is true, so only trusted proxies"
            + " may connect; but proxies.trusted is empty",
        "proxies: {fields: x_forwarded} | c.yaml:1: proxies.fields is 'x_forwarded', but must be"
            + " one of x-forwarded, forwarded, none",
        "x.example: 1 | c.yaml:1: unknown key 'x.example'; known are <groups>",
        "colour: red | c.yaml:1: unknown key 'colour'; known are <groups>",
        "server:§  port: eighty | c.yaml:2: server.port is 'eighty', but must be a whole number"
            + " from 0 to 65535",
        "server:§  port: 65536 | c.yaml:2: server.port is '65536', but must be a whole number from"
            + " 0 to 65535",
        "server:§  port: -1 | c.yaml:2: server.port is '-1', but must be a whole number from 0 to"
            + " 65535",
        "server:§  port: 99999999999 | c.yaml:2: server.port is '99999999999', but must be a whole"
            + " number from 0 to 65535",
        "server:§  port: | c.yaml:2: server.port has no value, but must be a whole number from 0 to"
            + " 65535",
        "server:§  port: [1] | c.yaml:2: server.port must be a single value: a whole number from 0"
            + " to 65535",
        "server:§  port: 1§  port: 2 | c.yaml:3: server.port is given twice, first in line 2",
        "server: 1 | c.yaml:1: server must be a group of keys (host, port, allowed-hosts,"
            + " allowed-origins, stop-timeout)",
        "- 1 | c.yaml:1: the file must be a group of keys (<groups>)",
        "server:§  host: a b | c.yaml:2: server.host is 'a b', but must be a text without spaces",
        "server:§  allowed-hosts: a | c.yaml:2: server.allowed-hosts must be a list: [a, b], or"
            + " lines that begin with a dash",
        "server:§  allowed-hosts: ['https://a'] | c.yaml:2: server.allowed-hosts has 'https://a',"
            + " but must have a name without scheme and port, such as a.example, or * for any",
        "server:§  allowed-origins: [a.example] | c.yaml:2: server.allowed-origins has 'a.example',"
            + " but must have an origin, such as https://a.example, or * for any",
        "server:§  allowed-origins: ['https://a/'] | c.yaml:2: server.allowed-origins has"
            + " 'https://a/', but must have an origin, such as https://a.example, or * for any",
        "server:§  allowed-origins: [null] | c.yaml:2: server.allowed-origins[0] has no value, but"
            + " must be a text without spaces; the word itself is 'null', in quotes",
        "delivery:§  heartbeat: 25 | c.yaml:2: delivery.heartbeat is '25', but must be a time such"
            + " as 25s (units are ms, s, m, h, d) from 1s to 10m",
        "delivery:§  heartbeat: 500ms | c.yaml:2: delivery.heartbeat is '500ms', but must be a time"
            + " such as 25s (units are ms, s, m, h, d) from 1s to 10m",
        "limits:§  publication: 17MiB | c.yaml:2: limits.publication is '17MiB', but must be a size"
            + " such as 64KiB (units are B, KiB, MiB, GiB) from 1B to 16MiB",
        "limits:§  publication: 1MB | c.yaml:2: limits.publication is '1MB', but must be a size"
            + " such as 64KiB (units are B, KiB, MiB, GiB) from 1B to 16MiB",
        "limits:§  in-flight: 1MiB | c.yaml:2: limits.in-flight is '1MiB', but must be a size such"
            + " as 64KiB (units are B, KiB, MiB, GiB), at least 32MiB",
        "transport:§  epoll: yes | c.yaml:2: transport.epoll is 'yes', but must be true or false",
        "namespaces: [] | c.yaml:1: namespaces is empty, but there must be at least one",
        "namespaces:§  - retention: {mode: none} | c.yaml:2: namespaces[0] has no 'pattern', and"
            + " must have one",
        "namespaces:§  - pattern: a*b | c.yaml:2: namespaces[0].pattern is 'a*b', but must be a"
            + " channel's name, or its beginning and * at the end: character '*' at position 1 of a"
            + " channel name; allowed are A-Z a-z 0-9 . _ : -",
        "namespaces:§  - pattern: a*§  - pattern: ab* | c.yaml:1: namespaces has 'ab*' after 'a*',"
            + " which takes all its channels: the first that matches counts",
        "namespaces:§  - pattern: a§    retention: {mode: all} | c.yaml:3:"
            + " namespaces[0].retention.mode is 'all', but must be one of history, latest, none",
        "namespaces:§  - pattern: a§    retension: {} | c.yaml:3: unknown key 'retension' in"
            + " namespaces[0]; did you mean 'retention'?",
        "namespaces:§  - pattern: a§    durability: ram | c.yaml:3: namespaces[0].durability is"
            + " 'ram', but must be one of memory, os, disk",
        "log: {disk: 1MiB} | c.yaml:1: log.disk is '1MiB', but must be a size such as 64KiB (units"
            + " are B, KiB, MiB, GiB) from 64MiB to 1048576GiB",
        "log: {data: ' '} | c.yaml:1: log.data is ' ', but must be a path",
        "routes:§  /events: {chanel: a} | c.yaml:2: unknown key 'chanel' in routes[0]; did you mean"
            + " 'channel'?§c.yaml:2: routes[0] has no 'channel', and must have one",
        "routes:§  /events: a | c.yaml:2: routes[0] must be a group of keys (path, channel, since,"
            + " envelope, publish, every)§c.yaml:2: routes[0] has no 'path', and must have one"
            + "§c.yaml:2: routes[0] has no 'channel', and must have one",
        "routes:§  /cursor: {channel: a} | c.yaml:2: routes[0].path cannot be: the path '/cursor'"
            + " is the server's own, as all that begin with /cursor",
        "routes:§  /a/{id}: {channel: 'u.{name}'} | c.yaml:2: routes[0].channel cannot be: channel"
            + " 'u.{name}' has {name}, which is not in the path '/a/{id}'",
        "routes:§  /a: {channel: b, since: yesterday} | c.yaml:2: routes[0].since cannot be:"
            + " 'since' of the route '/a' is 'yesterday', but must be now, start, -1 to -1000000,"
            + " or a time that ends in Z",
        "routes:§  /a: {channel: c, every: 50ms} | c.yaml:2: routes[0].every cannot be: 'every' of"
            + " the route '/a' is 50 ms, but must be from 100 ms to 60 s",
        "routes:§  /a/{b}: {channel: c}§  /a/{d}: {channel: c} | c.yaml:1: routes cannot be: the"
            + " routes '/a/{b}' and '/a/{d}' take the same path",
        "routes: /a | c.yaml:1: routes must be a list: [a, b], or lines that begin with a dash",
        "a: b: c | c.yaml:1: this is not YAML: mapping values are not allowed here",
        "? [a]§: b | c.yaml:1: a key must be a word",
        "server: &s§  <<: *s | c.yaml:2: unknown key '<<' in server; known are host, port,"
            + " allowed-hosts, allowed-origins, stop-timeout",
      })
  void saysWhatIsWrongAndWhatIsAllowed(String yaml, String problem) {
    assertThatThrownBy(() -> parse(yaml.replace('§', '\n')))
        .isInstanceOf(ConfigException.class)
        .hasMessage(problem.replace('§', '\n').replace("<groups>", groups()));
  }

  /// The names at the top of the tree.
  private static String groups() {
    return Arrays.stream(Config.class.getRecordComponents())
        .map(RecordComponent::getName)
        .collect(Collectors.joining(", "));
  }

  @Test
  void routesAreAGroupOfPathsOrAList() {
    String group =
        """
        routes:
          /events: {channel: clock}
          "/users/{id}/events": {channel: "user.{id}", since: -10, envelope: true, publish: true, every: 1s}
        """;
    String list =
        """
        routes:
          - {path: /events, channel: clock}
          - {path: "/users/{id}/events", channel: "user.{id}", since: -10, envelope: true, publish: true, every: 1s}
        """;
    assertThat(parse(group)).isEqualTo(parse(list));
    assertThat(parse(group).settings(Path.of("/here")).routes().all())
        .containsExactly(
            Route.channel("/events", "clock").withSince("default"),
            Route.channel("/users/{id}/events", "user.{id}")
                .withSince("-10")
                .withEnvelope()
                .withPublish()
                .withEvery(Duration.ofSeconds(1)));
  }

  @Test
  void everyProblemIsToldAtOnceInTheOrderOfTheFile() {
    assertThatThrownBy(
            () ->
                parse(
                    """
                    server:
                      port: x
                      prot: 1
                    limit: 3
                    namespaces:
                      - pattern: a*b
                        retention: {mode: all, age: 0s}
                      - retention: {count: no}
                    delivery: 7
                    """))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems().stream().map(problem -> problem.replaceAll("[,;].*", "")))
                    .containsExactlyInAnyOrder(
                        "c.yaml:4: unknown key 'limit'",
                        "c.yaml:3: unknown key 'prot' in server",
                        "c.yaml:2: server.port is 'x'",
                        "c.yaml:7: namespaces[0].retention.mode is 'all'",
                        "c.yaml:7: namespaces[0].retention.age is '0s'",
                        "c.yaml:6: namespaces[0].pattern is 'a*b'",
                        "c.yaml:8: namespaces[1] has no 'pattern'",
                        "c.yaml:8: namespaces[1].retention.count is 'no'",
                        "c.yaml:9: delivery must be a group of keys (heartbeat")
                    .isSortedAccordingTo(
                        Comparator.comparing(
                            (String problem) ->
                                Integer.parseInt(problem.replaceAll("c.yaml:(\\d+):.*", "$1")))));
  }

  @Test
  void thereIsAnEndToProblems() {
    assertThatThrownBy(() -> parse("x: 1\n".repeat(10_000)))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> assertThat(e.problems()).hasSize(TreeReader.MAX_PROBLEMS + 1));
  }

  @Test
  void aLogMayNotTakeTheWholeHeap() {
    assertThatThrownBy(() -> parse("log:\n  memory: 900000GiB\n"))
        .hasMessageStartingWith(
            "c.yaml:2: log.memory is 900000GiB, but must be at most three quarters of the heap,"
                + " which is ");
  }

  @Test
  void filesThatAreNone() throws IOException {
    Path missing = directory.resolve("missing.yaml");
    assertThatThrownBy(() -> ConfigFile.read(missing))
        .hasMessage("there is no configuration file " + missing);
    assertThatThrownBy(() -> ConfigFile.read(directory))
        .hasMessage(directory + " is a directory, not a configuration file");
    Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xC3, 0x28});
    assertThatThrownBy(() -> ConfigFile.read(binary)).hasMessage(binary + " is not UTF-8");
    Path large = Files.writeString(directory.resolve("large"), "#".repeat((1 << 20) + 1));
    assertThatThrownBy(() -> ConfigFile.read(large))
        .hasMessage(large + " is larger than 1 MiB, the most for a configuration");
    assertThat(ConfigFile.read(Path.of("/dev/null"))).isEqualTo(Config.DEFAULT);
  }

  @Test
  void aFileThatDoublesItselfIsRefusedAtOnce() {
    var bomb = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
    }
    assertThatThrownBy(() -> parse(bomb.toString())).isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> parse("namespaces: &n [*n]\n")).isInstanceOf(ConfigException.class);
  }

  /// Whatever stands in the file, the answer is a configuration or one line.
  @Test
  void noiseIsRefusedInOneLine() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var pieces =
        List.of(
            "server",
            "port",
            ":",
            " ",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&a",
            "*a",
            "'",
            "\"",
            "#",
            "|",
            ">",
            "!!int",
            "namespaces",
            "pattern",
            "routes",
            "path",
            "/a",
            "\t",
            "%",
            "@",
            "8080",
            "\0",
            "é",
            "---\n",
            "?",
            "\uFEFF",
            "~");
    for (int i = 0; i < 3_000; i++) {
      var parts = new ArrayList<String>();
      for (int j = random.nextInt(20); j >= 0; j--) {
        parts.add(pieces.get(random.nextInt(pieces.size())));
      }
      String yaml = String.join("", parts);
      try {
        parse(yaml);
      } catch (ConfigException e) {
        assertThat(e.problems())
            .as("seed %d: %s", seed, yaml)
            .isNotEmpty()
            .allSatisfy(problem -> assertThat(problem).doesNotContain("\n", "\r"));
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + yaml, e);
      }
    }
  }

  private static Config parse(String yaml) {
    return ConfigFile.parse("c.yaml", yaml);
  }
}
