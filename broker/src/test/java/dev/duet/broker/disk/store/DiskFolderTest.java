package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

  /// Another process, which says whether it gets the lock of a folder.
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] args) throws IOException {
      Closeable lock = DiskFolder.open(Path.of(args[0])).lock("lock");
      System.out.println(lock == null ? "refused" : "taken");
    }
  }

  private String askedByAnotherProcess() throws Exception {
    Path said = temp.resolve("said");
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherProcess.class.getName(),
                temp.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(other.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      other.destroyForcibly();
    }
    return Files.readString(said).strip();
  }

  @Test
  void whoIsRefusedALockDoesNotTakeItFromWhoHasIt() throws Exception {
    var folder = DiskFolder.open(temp);
    try (Closeable lock = folder.lock("lock")) {
      assertThat(lock).isNotNull();
      assertThat(DiskFolder.open(temp).lock("lock")).isNull();
      Files.createLink(temp.resolve("another"), temp.resolve("lock"));
      assertThat(folder.lock("another")).as("the same file").isNull();
      assertThat(askedByAnotherProcess()).isEqualTo("refused");
    }
    assertThat(askedByAnotherProcess()).isEqualTo("taken");
  }

  /// As a class of another class loader does that locks the same directory.
  @Test
  void aLockOfAnotherPartOfTheProcessStaysToo() throws Exception {
    try (FileChannel file =
        FileChannel.open(
            temp.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(file.tryLock()).isNotNull();
      assertThat(DiskFolder.open(temp).lock("lock")).isNull();
      assertThat(DiskFolder.open(temp).lock("lock")).isNull();
      assertThat(askedByAnotherProcess()).isEqualTo("refused");
    }
    Closeable lock = DiskFolder.open(temp).lock("lock");
    assertThat(lock).isNotNull();
    lock.close();
  }

  @Test
  void whatIsMadeIsTheUsersAlone() throws IOException {
    assumeTrue(temp.getFileSystem().supportedFileAttributeViews().contains("posix"));
    Path open = Files.createDirectory(temp.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    var folder = DiskFolder.open(open);
    folder.lock("lock").close();
    DiskFolder.open(folder.folder("os").path().resolve("a/b"));
    assertThat(permissions(open)).as("of a directory that was there").isEqualTo("rwxr-xr-x");
    assertThat(permissions(open.resolve("lock"))).isEqualTo("rw-------");
    for (String made : List.of("os", "os/a", "os/a/b")) {
      assertThat(permissions(open.resolve(made))).as(made).isEqualTo("rwx------");
    }
  }

  private static String permissions(Path of) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(of));
  }

  // ---- identity

  @Test
  void aFileKeepsItsIdentityWithItsFolder() throws IOException {
    var folder = DiskFolder.open(temp.resolve("one"));
    write(folder, "draft", "");
    String identity = folder.identity("draft");
    write(folder, "draft", "text");
    folder.rename("draft", "f");
    write(folder, "other", "o");
    assertThat(folder.is("f", identity)).isTrue();
    assertThat(folder.is("other", identity)).isFalse();
    Files.move(temp.resolve("one"), temp.resolve("moved"));
    var moved = DiskFolder.open(temp.resolve("moved"));
    assertThat(moved.is("f", identity)).isTrue();
    assertThat(moved.identity("f")).isEqualTo(identity);
  }

  @Test
  void aCopyOfAFileOrOfItsFolderHasAnotherIdentity() throws IOException {
    var folder = DiskFolder.open(temp.resolve("one"));
    write(folder, "f", "text");
    String identity = folder.identity("f");
    var copy = DiskFolder.open(temp.resolve("copy"));
    Files.copy(temp.resolve("one/f"), temp.resolve("copy/f"), StandardCopyOption.COPY_ATTRIBUTES);
    assertThat(copy.is("f", identity)).isFalse();
    var links = DiskFolder.open(temp.resolve("links"));
    Files.createLink(temp.resolve("links/f"), temp.resolve("one/f"));
    assertThat(links.is("f", identity)).as("the same file in a copied folder").isFalse();
    assertThat(folder.is("f", identity)).isTrue();
  }

  /// On another disk the same number may be free.
  @Test
  void anInodeWithAnotherBirthIsAnotherFile() throws IOException {
    Path file = Files.writeString(temp.resolve("f"), "x");
    Map<String, Object> real = new HashMap<>(Files.readAttributes(file, "unix:*"));
    assumeTrue(FileIdentity.hasBirths(file));
    String identity = FileIdentity.text(real, true);
    assertThat(FileIdentity.of(file, true)).isEqualTo(identity);
    FileTime born = (FileTime) real.get("creationTime");
    real.put("creationTime", FileTime.from(born.toInstant().plusNanos(1)));
    assertThat(FileIdentity.text(real, true)).isNotEqualTo(identity);
    assertThat(FileIdentity.text(real, false)).isEqualTo(FileIdentity.of(file, false));
  }

  /// The number of a device may be another one after a reboot.
  @Test
  void theNumberOfTheDeviceIsNoPartOfAnIdentity() throws IOException {
    Path file = Files.writeString(temp.resolve("f"), "x");
    Map<String, Object> real = new HashMap<>(Files.readAttributes(file, "unix:*"));
    assertThat(real).containsKeys("dev", "ino");
    String identity = FileIdentity.text(real, true);
    real.put("dev", (Long) real.get("dev") + 1);
    real.put("fileKey", "(dev=fe77,ino=" + real.get("ino") + ")");
    assertThat(FileIdentity.text(real, true)).isEqualTo(identity).contains("" + real.get("ino"));
    real.put("ino", (Long) real.get("ino") + 1);
    assertThat(FileIdentity.text(real, true)).isNotEqualTo(identity);
  }

  // ---- a full disk

  @Test
  void whatIsWrittenToAFullDeviceIsKnownInTheLanguageOfTheSystem() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    var device = DiskFolder.open(Path.of("/dev"));
    try (StoredFile file = device.open("full", true)) {
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0))
          .isInstanceOf(DiskFullException.class);
    }
    String said = FullDisk.learned(full);
    assertThat(said).isNotEmpty();
    assertThat(new FullDisk(said).says(new FileSystemException("f", null, said))).isTrue();
  }

  @Test
  void aFullDiskInAnotherLanguage() throws IOException {
    String german = "Auf dem Ger\u00e4t ist kein Speicherplatz mehr verf\u00fcgbar";
    var known = new FullDisk(german);
    assertThat(known.says(new IOException(german))).isTrue();
    assertThat(known.says(new FileSystemException("f", null, german))).isTrue();
    assertThat(known.says(new IOException("No space left on device"))).isTrue();
    assertThat(known.says(new IOException("Eingabe-/Ausgabefehler"))).isFalse();
    assertThat(new FullDisk("").says(new IOException("Input/output error"))).isFalse();
    assertThat(new FullDisk("").says(new IOException())).isFalse();
    assertThat(FullDisk.learned(Files.createFile(temp.resolve("empty")))).isEmpty();
    assertThat(Files.size(temp.resolve("empty"))).as("nothing is written to a file").isZero();
    assertThat(FullDisk.learned(temp.resolve("missing"))).isEmpty();
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
