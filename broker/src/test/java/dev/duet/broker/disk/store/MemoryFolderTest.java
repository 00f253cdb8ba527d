package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.disk.store.Faults.Counts;
import dev.duet.broker.disk.store.Faults.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A disk in memory does what a real one does, and fails when it is told to.
class MemoryFolderTest {
  private final MemoryFolder folder = new MemoryFolder(1);

  @Test
  void whatIsWrittenIsRead() throws IOException {
    byte[] data = new byte[100_000];
    new Random(1).nextBytes(data);
    StoredFile file = folder.create("f");
    file.write(ByteBuffer.wrap(data), 10);
    file.write(ByteBuffer.wrap(data, 0, 100), 20);
    assertThat(file.size()).isEqualTo(data.length + 10);
    byte[] expected = new byte[data.length + 10];
    System.arraycopy(data, 0, expected, 10, data.length);
    System.arraycopy(data, 0, expected, 20, 100);
    assertThat(folder.bytes("f")).isEqualTo(expected);
    ByteBuffer into = ByteBuffer.allocate(data.length);
    assertThat(file.read(into, 15)).isEqualTo(data.length - 5);
    assertThat(Arrays.copyOf(into.array(), into.position()))
        .isEqualTo(Arrays.copyOfRange(expected, 15, expected.length));
    assertThat(file.read(ByteBuffer.allocate(1), expected.length)).isZero();
    file.truncate(3);
    file.truncate(30);
    assertThat(file.size()).isEqualTo(3);
    file.close();
    file.close();
    assertThatThrownBy(file::size).isInstanceOf(ClosedChannelException.class);
    try (StoredFile other = folder.open("f", false)) {
      assertThatThrownBy(() -> other.write(ByteBuffer.allocate(1), 0))
          .isInstanceOf(NonWritableChannelException.class);
      assertThat(folder.faults().open()).isOne();
    }
    assertThat(folder.faults().open()).isZero();
  }

  @Test
  void filesAreListedRenamedAndRemoved() throws IOException {
    folder.folder("inner");
    write(folder, "one", 1);
    write(folder, "two", 2);
    folder.rename("one", "two");
    assertThat(folder.list()).containsExactly("two");
    assertThat(folder.bytes("two")).containsExactly(1);
    folder.delete("two");
    folder.delete("two");
    assertThat(folder.list()).isEmpty();
    assertThat(folder.hasFolder("inner")).isTrue();
    assertThat(folder.hasFolder("other")).isFalse();
    assertThatThrownBy(() -> folder.open("two", true)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> folder.rename("two", "one")).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> folder.create("../out")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLockIsHeldUntilItIsClosedOrItsProcessIsKilled() throws IOException {
    var lock = folder.lock("lock");
    assertThat(folder.lock("lock")).isNull();
    lock.close();
    var second = folder.lock("lock");
    MemoryFolder next = folder.kill();
    var third = next.lock("lock");
    second.close();
    assertThat(next.lock("lock")).isNull();
    third.close();
    assertThat(next.lock("lock")).isNotNull();
  }

  @Test
  void identityIsKeptByRenameAndCrashAndNewInACopy() throws IOException {
    write(folder, "one", 1);
    folder.folder("inner");
    folder.sync();
    String identity = folder.identity("one");
    folder.rename("one", "two");
    folder.sync();
    assertThat(folder.identity("two")).isEqualTo(identity);
    folder.create("two").close();
    assertThat(folder.identity("two")).as("emptied, as by a real one").isEqualTo(identity);
    MemoryFolder crashed = folder.crash();
    assertThat(crashed.identity("two")).isEqualTo(identity);
    assertThat(crashed.is("two", identity)).isTrue();
    MemoryFolder copy = folder.copy();
    assertThat(copy.identity("two")).isNotEqualTo(identity);
    assertThat(copy.is("two", identity)).isFalse();
    write(copy.folder("inner"), "one", 1);
    write(folder.folder("inner"), "one", 1);
    assertThat(copy.folder("inner").identity("one"))
        .isNotEqualTo(folder.folder("inner").identity("one"));
    write(copy, "three", 3);
    assertThat(folder.list()).as("the copy is another disk").containsExactly("two");
  }

  // ---- faults

  @Test
  void aFullDiskHealsWhenSomethingGoes() throws IOException {
    write(folder, "old", new byte[100]);
    StoredFile open = folder.open("old", false);
    StoredFile file = folder.create("f");
    folder.faults().room(50);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(51), 0))
        .isInstanceOf(DiskFullException.class);
    assertThat(file.size()).as("what there was room for").isEqualTo(50);
    file.write(ByteBuffer.allocate(50), 0);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 50))
        .isInstanceOf(DiskFullException.class);
    file.truncate(40);
    file.write(ByteBuffer.allocate(10), 40);
    folder.delete("old");
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 50))
        .as("a removed file has its room until it is closed")
        .isInstanceOf(DiskFullException.class);
    open.close();
    file.write(ByteBuffer.allocate(100), 50);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 150))
        .isInstanceOf(DiskFullException.class);
    folder.faults().heal();
    file.write(ByteBuffer.allocate(1000), 150);
  }

  @Test
  void whatShouldFailFails() throws IOException {
    StoredFile file = folder.create("f");
    file.write(ByteBuffer.allocate(10), 0);
    Faults faults = folder.faults();
    faults.fail(Operation.WRITE, 1);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(10), 0))
        .isInstanceOf(IOException.class);
    file.write(ByteBuffer.allocate(10), 0);
    faults.fail(Operation.FORCE, 2);
    assertThatThrownBy(file::force).isInstanceOf(IOException.class);
    assertThatThrownBy(file::force).isInstanceOf(IOException.class);
    file.force();
    for (Operation operation : Operation.values()) {
      faults.fail(operation);
    }
    assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> file.truncate(0)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> folder.create("g")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> folder.folder("g")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> folder.open("f", false)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> folder.rename("f", "g")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> folder.delete("f")).isInstanceOf(IOException.class);
    assertThatThrownBy(folder::sync).isInstanceOf(IOException.class);
    assertThat(folder.list()).containsExactly("f");
    assertThat(file.size()).isEqualTo(10);
    faults.heal();
    folder.sync();
    file.force();
    faults.only(path -> path.equals("memory:/inner/other"));
    faults.fail(Operation.FORCE, 1);
    file.force();
    try (StoredFile other = folder.folder("inner").create("other")) {
      assertThatThrownBy(other::force)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("other");
      other.force();
    }
    faults.heal();
    faults.failSometimes(Operation.FORCE, 0.5);
    int failed = 0;
    for (int i = 0; i < 100; i++) {
      try {
        file.force();
      } catch (IOException e) {
        failed++;
      }
    }
    assertThat(failed).isBetween(1, 99);
  }

  @Test
  void bytesGoBadOnTheDiskToo() throws IOException {
    try (StoredFile file = folder.create("f")) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), 0);
      file.force();
      file.write(ByteBuffer.wrap(new byte[] {5, 6}), 4);
      folder.flip("f", 1, 0x80);
      folder.damage("f", 3, (byte) 9, (byte) 9);
      file.force();
    }
    folder.sync();
    assertThat(folder.crash().bytes("f")).containsExactly(1, 0x82, 3, 9, 9, 6);
    folder.makeUnreadable("f", 2, 2);
    for (MemoryFolder each : new MemoryFolder[] {folder, folder.crash()}) {
      try (StoredFile file = each.open("f", false)) {
        assertThat(file.read(ByteBuffer.allocate(2), 0)).isEqualTo(2);
        assertThat(file.read(ByteBuffer.allocate(2), 4)).isEqualTo(2);
        assertThatThrownBy(() -> file.read(ByteBuffer.allocate(2), 1))
            .isInstanceOf(IOException.class);
        each.faults().heal();
        assertThat(file.read(ByteBuffer.allocate(2), 1)).isEqualTo(2);
      }
    }
    folder.cut("f", 2);
    assertThat(folder.crash().bytes("f")).containsExactly(1, 0x82);
  }

  @Test
  void countersCount() throws IOException {
    StoredFile file = folder.create("f");
    Counts before = folder.faults().counts();
    file.write(ByteBuffer.allocate(10), 0);
    file.write(ByteBuffer.allocate(5), 10);
    file.force();
    folder.sync();
    folder.sync();
    file.read(ByteBuffer.allocate(100), 8);
    assertThat(folder.faults().counts().since(before)).isEqualTo(new Counts(1, 2, 2, 15, 1, 7));
  }

  static void write(Folder folder, String name, int... bytes) throws IOException {
    byte[] data = new byte[bytes.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) bytes[i];
    }
    write(folder, name, data);
  }

  static void write(Folder folder, String name, byte[] bytes) throws IOException {
    try (StoredFile file = folder.create(name)) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
  }
}
