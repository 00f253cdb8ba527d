package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.server.DuetSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptTest {
  private static final DuetSettings SETTINGS =
      DuetSettings.DEFAULT.withMemoryBytes(64 << 20).withDiskBytes(1L << 30);

  private static final Namespaces ALL =
      new Namespaces(
          List.of(
              new Namespace("pay.*", Retention.DEFAULT, Durability.DISK),
              new Namespace("cache.*", Retention.DEFAULT, Durability.MEMORY),
              new Namespace(
                  "fleeting.*", Retention.DEFAULT.withMode(Retention.Mode.NONE), Durability.DISK),
              new Namespace("*", Retention.DEFAULT, Durability.OS)));

  @Test
  void withoutADirectory() {
    assertThat(Kept.told(SETTINGS))
        .containsExactly(
            "Channels are kept in memory, at most 64 MiB: they are gone when it stops; nothing is"
                + " written to disk");
    assertThat(Kept.told(SETTINGS.withNamespaces(ALL)))
        .last()
        .isEqualTo("This also holds for those with durability 'disk': pay.*");
  }

  @Test
  void onDisk() {
    assertThat(Kept.told(SETTINGS.withDataDirectory(Path.of("/var/../var/lib/duet"))))
        .containsExactly(
            "Channels are kept in /var/lib/duet, at most 1 GiB",
            "  *: durability 'os', survives kill -9, and a power loss but for about the last"
                + " second");
  }

  @Test
  void eachDurabilityIsTold() {
    assertThat(Kept.told(SETTINGS.withNamespaces(ALL).withDataDirectory(Path.of("/var/lib/duet"))))
        .containsExactly(
            "Channels are kept in /var/lib/duet, at most 1 GiB for each durability",
            "  pay.*: durability 'disk', survives power loss",
            "  cache.*, fleeting.*: durability 'memory', in memory, at most 64 MiB, until it stops",
            "  *: durability 'os', survives kill -9, and a power loss but for about the last"
                + " second");
  }
}
