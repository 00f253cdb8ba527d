package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskFolderTest {
  @TempDir Path temp;

  @Test
  void whatIsWrittenIsRead() throws IOException {
    var folder = DiskFolder.open(temp.resolve("a/b"));
    byte[] data = new byte[1_000_000];
    new Random(1).nextBytes(data);
    try (StoredFile file = folder.create("f")) {
      file.write(ByteBuffer.wrap(data), 10);
      file.force();
      assertThat(file.size()).isEqualTo(data.length + 10);
    }
    folder.sync();
    try (StoredFile file = folder.open("f", false)) {
      ByteBuffer into = ByteBuffer.allocate(data.length + 5);
      assertThat(file.read(into, 10)).isEqualTo(data.length);
      assertThat(into.flip()).isEqualTo(ByteBuffer.wrap(data));
      assertThat(file.read(ByteBuffer.allocate(1), data.length + 10)).isZero();
    }
    try (StoredFile file = folder.open("f", true)) {
      file.truncate(3);
      assertThat(file.size()).isEqualTo(3);
    }
    try (StoredFile file = folder.create("f")) {
      assertThat(file.size()).as("made anew").isZero();
    }
  }

  @Test
  void filesAreListedRenamedAndRemoved() throws IOException {
    var folder = DiskFolder.open(temp);
    folder.folder("inner");
    write(folder, "one", "1");
    write(folder, "two", "2");
    folder.rename("one", "two");
    assertThat(folder.list()).containsExactly("two");
    assertThat(Files.readString(temp.resolve("two"))).isEqualTo("1");
    folder.delete("two");
    folder.delete("two");
    assertThat(folder.list()).isEmpty();
    assertThatThrownBy(() -> folder.open("two", true)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> folder.create("../out")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLockIsHeldOnce() throws IOException {
    var folder = DiskFolder.open(temp);
    var lock = folder.lock("lock");
    assertThat(DiskFolder.open(temp).lock("lock")).isNull();
    lock.close();
    lock = folder.lock("lock");
    assertThat(lock).isNotNull();
    lock.close();
  }

  @Test
  void aFolderKeepsItsIdentityAndACopyHasAnother() throws IOException {
    var folder = DiskFolder.open(temp.resolve("one"));
    String identity = folder.identity();
    assertThat(DiskFolder.open(temp.resolve("copy")).identity()).isNotEqualTo(identity);
    Files.move(temp.resolve("one"), temp.resolve("moved"));
    assertThat(DiskFolder.open(temp.resolve("moved")).identity()).isEqualTo(identity);
  }

  @Test
  void aFullDiskIsToldFromOtherFailures() {
    assertThatThrownBy(
            () ->
                DiskFile.asked(
                    () -> {
                      throw new FileSystemException("f", null, "No space left on device");
                    }))
        .isInstanceOf(DiskFullException.class);
    assertThatThrownBy(
            () ->
                DiskFile.asked(
                    () -> {
                      throw new IOException("Disk quota exceeded");
                    }))
        .isInstanceOf(DiskFullException.class);
    assertThatThrownBy(
            () ->
                DiskFile.asked(
                    () -> {
                      throw new IOException("Input/output error");
                    }))
        .isNotInstanceOf(DiskFullException.class);
  }

  private static void write(Folder folder, String name, String text) throws IOException {
    try (StoredFile file = folder.create(name)) {
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }
  }
}
