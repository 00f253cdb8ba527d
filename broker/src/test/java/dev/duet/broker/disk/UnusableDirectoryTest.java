package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Namespaces;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whoever starts a server on a data directory that it cannot use is told why.
class UnusableDirectoryTest {
  @TempDir Path temp;

  private static void refuses(Path directory, String why) {
    assertThatThrownBy(() -> DiskBroker.open(DiskSettings.of(directory, Namespaces.DEFAULT)))
        .isInstanceOf(UnusableDirectoryException.class)
        .hasMessage("the data directory " + directory + " " + why);
  }

  @Test
  void aFile() throws IOException {
    refuses(
        Files.writeString(temp.resolve("file"), ""),
        "is a file; it must be a directory, or not there yet");
  }

  @Test
  void usedByAnother() {
    Path data = temp.resolve("data");
    try (var first = DiskBroker.open(DiskSettings.of(data, Namespaces.DEFAULT))) {
      refuses(
          data,
          "is used by another server, which has locked its file 'lock': stop that one, or use"
              + " another");
    }
    DiskBroker.open(DiskSettings.of(data, Namespaces.DEFAULT)).close();
  }

  @Test
  void aLockThatCannotBeTakenIsNotSaidToBeAnothers() throws IOException {
    Path data = temp.resolve("data");
    Files.createDirectories(data.resolve("lock"));
    refuses(data, "cannot be used: " + data.resolve("lock") + ": Is a directory");
  }

  @Test
  void mountedForReadingOnly() throws IOException {
    URI zip = URI.create("jar:" + temp.resolve("data.zip").toUri());
    try (FileSystem made = FileSystems.newFileSystem(zip, Map.of("create", true))) {
      Files.createDirectory(made.getPath("data"));
    }
    try (FileSystem mounted = FileSystems.newFileSystem(zip, Map.of("accessMode", "readOnly"))) {
      refuses(
          mounted.getPath("data"), "cannot be used: its file system is mounted for reading only");
    }
  }
}
