package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.duet.broker.Namespaces;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
  void aLinkToNothing() throws IOException {
    Path link = temp.resolve("link");
    Files.createSymbolicLink(link, temp.resolve("nowhere"));
    refuses(
        link,
        "is a link to "
            + temp.resolve("nowhere")
            + ", which is not there: make that directory, or name another");
    Files.createDirectory(temp.resolve("nowhere"));
    DiskBroker.open(DiskSettings.of(link, Namespaces.DEFAULT)).close();
  }

  @Test
  void aFolderOfALogThatIsAFile() throws IOException {
    Path data = Files.createDirectory(temp.resolve("data"));
    Files.writeString(data.resolve("os"), "");
    refuses(data, "cannot be used: " + data.resolve("os") + ": it is there already");
  }

  @Test
  void aDirectoryInAFile() throws IOException {
    Path file = Files.writeString(temp.resolve("file"), "");
    refuses(file.resolve("data"), "cannot be made: " + file + ": it is there already");
  }

  @Test
  void aDirectoryThatIsClosedToTheUserIsNamed() throws IOException {
    assumeTrue(temp.getFileSystem().supportedFileAttributeViews().contains("posix"));
    for (String[] one : new String[][] {{"-wx", "read"}, {"r-x", "write to"}, {"rw-", "enter"}}) {
      Path parent = Files.createDirectory(temp.resolve(one[0]));
      Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString(one[0] + "------"));
      try {
        assumeFalse(
            Files.isWritable(parent) && Files.isReadable(parent) && Files.isExecutable(parent),
            "this user may do all");
        refuses(
            parent.resolve("a/b"), "cannot be made: this user may not " + one[1] + " " + parent);
      } finally {
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx------"));
      }
      assertThat(parent).isEmptyDirectory();
    }
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
