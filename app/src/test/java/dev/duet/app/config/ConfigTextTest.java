package dev.duet.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConfigTextTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");

  @Test
  void thePageOfTheRepositoryIsTheOneThatTheCommandPrints() throws Exception {
    assertThat(ConfigText.documentation())
        .as("write it anew: ./duet config doc > docs/configuration.md")
        .isEqualTo(Files.readString(PAGE));
  }

  @Test
  void theDefaultsAsAFileReadAsTheDefaults() {
    String yaml = ConfigText.defaults();
    assertThat(ConfigFile.parse("default.yaml", yaml)).isEqualTo(Config.DEFAULT);
    String all = yaml.replaceAll("(?m)^( *)# ([a-z-]+: [0-9A-Za-z]+)$", "$1$2");
    assertThat(all).isNotEqualTo(yaml);
    assertThat(ConfigFile.parse("default.yaml", all)).isEqualTo(Config.DEFAULT);
    for (Keys.Key key : Keys.all()) {
      assertThat(all).containsPattern("(?m)^(# )? *(- )?" + Keys.of(key.component()) + ":");
    }
    assertThat(yaml.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
  }

  @Test
  void noTwoSettingsHaveTheSameVariable() {
    assertThat(Keys.settings()).extracting(Keys.Key::variable).doesNotHaveDuplicates();
    assertThat(Keys.settings()).hasSizeGreaterThan(20);
  }

  @Test
  void valuesAreWrittenAsTheyAreRead() {
    assertThat(ConfigText.flow(Duration.ofMillis(1500))).isEqualTo("1500ms");
    assertThat(ConfigText.flow(Duration.ZERO)).isEqualTo("0s");
    assertThat(ConfigText.flow(Duration.ofSeconds(120))).isEqualTo("2m");
    assertThat(ConfigText.flow(Duration.ofHours(24))).isEqualTo("1d");
    assertThat(
            ConfigText.flow(List.of("*", "a.example", "true", "12", "it's", "null", "https://a:1")))
        .isEqualTo("['*', a.example, true, 12, 'it''s', 'null', https://a:1]");
  }
}
