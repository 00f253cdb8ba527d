package dev.duet.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SizeTest {
  @ParameterizedTest
  @ValueSource(strings = {"0B", "1B", "1023B", "1KiB", "1025B", "8MiB", "3GiB", "2048GiB"})
  void isWrittenAsItIsRead(String text) {
    assertThat(Size.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "KiB", "-1B", "1.5MiB", "1kb", "1 MB", "9999999999B", "1B "})
  void anythingElseIsNone(String text) {
    assertThat(Size.parse(text)).isNull();
  }

  @Test
  void isRoundedForPeople() {
    assertThat(new Size(1_023).rounded()).isEqualTo("1023 B");
    assertThat(new Size(6_335_076_761L).rounded()).isEqualTo("5.9 GiB");
    assertThat(new Size(1L << 30).rounded()).isEqualTo("1 GiB");
  }
}
