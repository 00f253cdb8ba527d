package dev.duet.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.app.config.ConfigSources.Flags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigSourcesTest {
  @TempDir Path directory;

  private final Map<String, String> environment = new HashMap<>();

  private ConfigSources load(@Nullable Path named, Flags flags) {
    return ConfigSources.load(named, directory, environment, flags);
  }

  private ConfigSources load() {
    return load(null, new Flags());
  }

  @Test
  void aFlagWinsOverAVariableThatOverTheFileThatOverTheDefault() throws IOException {
    assertThat(load().config()).isEqualTo(Config.DEFAULT);
    assertThat(load().told()).isEqualTo("as by default (there is no duet.yaml here)");

    Files.writeString(
        directory.resolve("duet.yaml"),
        "server: {port: 1, host: 192.0.2.1}\ndelivery: {heartbeat: 9s}\n");
    assertThat(load().config().server().port()).isEqualTo(1);

    environment.put("DUET_SERVER_PORT", "2");
    environment.put("DUET_SERVER_HOST", "192.0.2.2");
    Config config = load(null, new Flags().with("--port", "server.port", "3")).config();
    assertThat(config.server().port()).isEqualTo(3);
    assertThat(config.server().host()).isEqualTo("192.0.2.2");
    assertThat(config.delivery().heartbeat()).isEqualTo(Duration.ofSeconds(9));
    assertThat(config.transport()).isEqualTo(Config.DEFAULT.transport());
  }

  @Test
  void theFileIsTheNamedOneElseTheVariablesElseTheUsualOne() throws IOException {
    Path usual = Files.writeString(directory.resolve("duet.yaml"), "server: {port: 1}");
    Path other = Files.writeString(directory.resolve("b.yaml"), "server: {port: 2}");
    Path named = Files.writeString(directory.resolve("c.yaml"), "server: {port: 3}");
    assertThat(load().file()).isEqualTo(usual);
    environment.put("DUET_CONFIG", other.toString());
    assertThat(load().config().server().port()).isEqualTo(2);
    assertThat(load(named, new Flags()).config().server().port()).isEqualTo(3);
    environment.put("DUET_CONFIG", "");
    assertThat(load().config().server().port()).isEqualTo(1);
    environment.put("DUET_CONFIG", directory.resolve("no.yaml").toString());
    assertThatThrownBy(this::load).hasMessageStartingWith("there is no configuration file ");
  }

  @Test
  void everySettingHasAVariable() {
    for (Keys.Key key : Keys.settings()) {
      environment.put(key.variable(), ConfigText.flow(key.byDefault()).replaceAll("^\\[]$", ""));
    }
    ConfigSources sources = load();
    assertThat(sources.config()).isEqualTo(Config.DEFAULT);
    assertThat(sources.warnings()).isEmpty();
    assertThat(sources.origins()).hasSizeGreaterThan(20);
    assertThat(sources.differences()).isEmpty();
  }

  @Test
  void aKeyIsNotShown() {
    environment.put("DUET_OPERATORS_KEY", "0123456789abcdef-secret");
    ConfigSources sources = load();
    assertThat(sources.config().settings(Path.of("/here")).operators().key())
        .isEqualTo("0123456789abcdef-secret");
    assertThat(sources.differences())
        .anyMatch(line -> line.startsWith("operators.key: (not shown)"))
        .noneMatch(line -> line.contains("secret"));
    assertThat(sources.config().toString()).doesNotContain("secret");
  }

  @Test
  void listsAreSeparatedByCommasAndListsOfGroupsAreYaml() {
    environment.put("DUET_SERVER_ALLOWED_HOSTS", "a.example, b.example");
    environment.put("DUET_NAMESPACES", "[{pattern: 'p.*', retention: {mode: latest}}]");
    Config config = load().config();
    assertThat(config.server().allowedHosts()).containsExactly("a.example", "b.example");
    assertThat(config.namespaces()).extracting(NamespaceConfig::pattern).containsExactly("p.*");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "DUET_SERVER_PORT | x | DUET_SERVER_PORT: server.port is 'x', but must be a whole number"
            + " from 0 to 65535",
        "DUET_SERVER_ALLOWED_ORIGINS | a | DUET_SERVER_ALLOWED_ORIGINS: server.allowed-origins has"
            + " 'a', but must have an origin, such as https://a.example, or * for any",
        "DUET_OPERATORS_KEY | short | DUET_OPERATORS_KEY: operators.key cannot be: a key has at"
            + " least 16 characters, this one has 5",
        "DUET_NAMESPACES | [{ | DUET_NAMESPACES:1: this is not YAML: expected the node content",
        "DUET_NAMESPACES | [{pattern: a, x: 1}] | DUET_NAMESPACES:1: unknown key 'x' in"
            + " namespaces[0]; known are pattern, retention, durability",
      })
  void whatIsWrongWithAVariableIsToldByItsName(String name, String value, String problem) {
    environment.put(name, value);
    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(problem);
  }

  @Test
  void allVariablesThatAreWrongAreTold() {
    environment.put("DUET_SERVER_PORT", "x");
    environment.put("DUET_DELIVERY_RETRY", "y");
    assertThatThrownBy(this::load)
        .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems()).hasSize(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DUET_SERVER_PROT | 1 | the variable DUET_SERVER_PROT means nothing here; did you mean"
            + " DUET_SERVER_PORT?",
        "DUET_LOG_LEVEL | debug | the variable DUET_LOG_LEVEL means nothing here; did you mean"
            + " DUET_LOGGING_LEVEL?",
        "DUET_CONFG | a | the variable DUET_CONFG means nothing here; did you mean DUET_CONFIG?",
        "DUET_XYZXYZXYZXYZ | 1 | the variable DUET_XYZXYZXYZXYZ means nothing here",
        "DUET_SERVER_PORT | tcp://10.0.0.1:80 | DUET_SERVER_PORT is ignored: 'tcp://10.0.0.1:80' is"
            + " an address that Kubernetes set",
      })
  void aVariableThatIsNoneIsAWarning(String name, String value, String warning) {
    environment.put(name, value);
    assertThat(load().warnings()).containsExactly(warning);
    assertThat(load().config()).isEqualTo(Config.DEFAULT);
  }

  @Test
  void whatKubernetesAndTheLauncherSetIsNoWarning() {
    for (String name :
        new String[] {
          "DUET_SERVICE_HOST", "DUET_SERVICE_PORT", "DUET_PORT", "DUET_PORT_8080_TCP_ADDR",
          "DUET_JAVA_OPTS", "DUET_JAVA_HOME", "DUET_URL", "PATH"
        }) {
      environment.put(name, "1");
    }
    assertThat(load().warnings()).isEmpty();
  }

  @Test
  void differencesSayWhatGaveThem() throws IOException {
    Path file = Files.writeString(directory.resolve("a.yaml"), "delivery: {retry: 5s}\n");
    environment.put("DUET_SERVER_PORT", "9000");
    ConfigSources sources = load(file, new Flags().set("server.allowed-hosts=a.example"));
    assertThat(sources.differences())
        .containsExactly(
            "server.port: 9000 (default 8080), from DUET_SERVER_PORT",
            "server.allowed-hosts: [a.example] (default []), from --set server.allowed-hosts",
            "delivery.retry: 5s (default 2s)");
    assertThat(sources.told()).isEqualTo(file + ", DUET_SERVER_PORT, --set server.allowed-hosts");
  }
}
