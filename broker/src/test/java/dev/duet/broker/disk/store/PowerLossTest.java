package dev.duet.broker.disk.store;

import static dev.duet.broker.disk.store.MemoryFolderTest.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.disk.store.Faults.Operation;
import dev.duet.broker.disk.store.Faults.Pages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// What a power loss, a kill and a failed sync may take of a disk in memory, and what not.
class PowerLossTest {
  private static final int SEEDS = 500;

  @Test
  void whatWasSyncedSurvivesExactly() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      var random = new Random(seed);
      byte[] expected = new byte[2000];
      random.nextBytes(expected);
      Folder inner = folder.folder("inner");
      StoredFile file = inner.create("f");
      for (int i = 0; i < 2000; i += 100) {
        file.write(ByteBuffer.wrap(expected, i, 100), i);
        if (random.nextInt(3) == 0) {
          file.force();
        }
      }
      file.force();
      inner.sync();
      folder.sync();
      file.write(ByteBuffer.allocate(700), 2000);
      inner.create("other").close();
      MemoryFolder left = folder.crash().folder("inner").kill().folder("inner").crash();
      byte[] bytes = left.folder("inner").bytes("f");
      assertThat(bytes).as("seed %d", seed).startsWith(expected).hasSizeLessThanOrEqualTo(2700);
    }
  }

  @Test
  void whatWasNotSyncedIsLostOrThereOrTorn() throws IOException {
    Set<String> seen = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      StoredFile file = folder.create("f");
      folder.sync();
      // Ten writes of a sector and a half, each of its own digit.
      byte[] all = new byte[7680];
      for (int i = 0; i < 10; i++) {
        byte[] part = new byte[768];
        Arrays.fill(part, (byte) (i + 1));
        file.write(ByteBuffer.wrap(part), i * 768L);
        System.arraycopy(part, 0, all, i * 768, 768);
      }
      byte[] left = folder.crash().bytes("f");
      for (int i = 0; i < left.length; i++) {
        assertThat(left[i] == all[i] || left[i] == 0).as("seed %d, byte %d", seed, i).isTrue();
      }
      seen.add(kind(left, all));
    }
    assertThat(seen)
        .contains("lost", "there", "ends between sectors", "ends in a sector", "hole", "zeros");
  }

  private static String kind(byte[] left, byte[] all) {
    if (left.length == 0) {
      return "lost";
    }
    if (Arrays.equals(left, all)) {
      return "there";
    }
    int hole = 0;
    while (hole < left.length && left[hole] != 0) {
      hole++;
    }
    if (hole < left.length) {
      return left[left.length - 1] == 0 ? "zeros" : "hole";
    }
    return left.length % Unsynced.SECTOR == 0 || left.length % 768 == 0
        ? "ends between sectors"
        : "ends in a sector";
  }

  @Test
  void aTruncationAndWhatWasWrittenInPlaceAreThereOrNot() throws IOException {
    Set<Integer> sizes = new HashSet<>();
    Set<Byte> first = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      StoredFile file = folder.create("f");
      folder.sync();
      file.write(ByteBuffer.allocate(3000), 0);
      file.force();
      file.truncate(1000);
      file.write(ByteBuffer.wrap(new byte[] {7}), 0);
      byte[] left = folder.crash().bytes("f");
      sizes.add(left.length);
      first.add(left[0]);
    }
    assertThat(sizes).containsExactlyInAnyOrder(1000, 3000);
    assertThat(first).containsExactlyInAnyOrder((byte) 0, (byte) 7);
  }

  @Test
  void namesAreLostUnlessTheirFolderWasSynced() throws IOException {
    Set<String> seen = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      synced(folder, "kept", 1);
      synced(folder, "gone", 1);
      folder.sync();
      synced(folder, "new", 2);
      folder.rename("new", "kept");
      synced(folder, "new", 3);
      folder.delete("gone");
      MemoryFolder left = folder.crash();
      var names = new StringBuilder();
      for (String name : left.list().stream().sorted().toList()) {
        names.append(name).append('=').append(left.bytes(name)[0]).append(' ');
      }
      seen.add(names.toString());
    }
    assertThat(seen)
        .as("a rename is whole or not at all")
        .containsExactlyInAnyOrder(
            "gone=1 kept=1 ",
            "kept=1 ",
            "gone=1 kept=1 new=2 ",
            "kept=1 new=2 ",
            "gone=1 kept=2 ",
            "kept=2 ",
            "gone=1 kept=2 new=3 ",
            "kept=2 new=3 ");
  }

  @Test
  void theSameSeedLosesTheSame() throws IOException {
    Set<Integer> different = new HashSet<>();
    for (int seed = 0; seed < 20; seed++) {
      byte[] once = life(seed);
      assertThat(life(seed)).isEqualTo(once);
      different.add(Arrays.hashCode(once));
    }
    assertThat(different).hasSizeGreaterThan(3);
  }

  private static byte[] life(long seed) throws IOException {
    var folder = new MemoryFolder(seed);
    folder.faults().failSometimes(Operation.FORCE, 0.3);
    StoredFile file = folder.create("f");
    folder.sync();
    for (int i = 0; i < 20; i++) {
      byte[] part = new byte[300];
      Arrays.fill(part, (byte) (i + 1));
      file.write(ByteBuffer.wrap(part), file.size());
      try {
        file.force();
      } catch (IOException e) {
        file.truncate(file.size() - 10);
      }
    }
    return folder.crash().bytes("f");
  }

  // ---- a failed sync

  @Test
  void aLaterSyncDoesNotSaveWhatAFailedOneLost() throws IOException {
    for (Pages pages : Pages.values()) {
      int lost = 0;
      int there = 0;
      Set<Byte> read = new HashSet<>();
      for (int seed = 0; seed < SEEDS; seed++) {
        var folder = new MemoryFolder(seed);
        folder.faults().pages(pages);
        StoredFile file = folder.create("f");
        folder.sync();
        file.write(ByteBuffer.wrap(new byte[] {1}), 0);
        file.force();
        file.write(ByteBuffer.wrap(new byte[] {2}), 0);
        folder.faults().fail(Operation.FORCE, 1);
        assertThatThrownBy(file::force).isInstanceOf(IOException.class);
        byte cached = folder.bytes("f")[0];
        read.add(cached);
        file.write(ByteBuffer.wrap(new byte[] {3}), 1);
        file.force();
        byte[] left = folder.crash().bytes("f");
        assertThat(left).hasSize(2).endsWith(3);
        lost += left[0] == 1 ? 1 : 0;
        there += left[0] == 2 ? 1 : 0;
        if (pages == Pages.DROPPED) {
          assertThat(cached).isEqualTo(left[0]);
        }
        folder.faults().dropCaches();
        assertThat(folder.bytes("f")).isEqualTo(left);
      }
      assertThat(lost).isPositive();
      assertThat(there).isPositive();
      assertThat(lost + there).isEqualTo(SEEDS);
      assertThat(read).hasSize(pages == Pages.KEPT ? 1 : 2);
    }
  }

  @Test
  void aSyncSavesWhatWasWrittenBeforeItAndStopsNobodyMeanwhile() throws IOException {
    Set<Integer> sizes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      StoredFile file = folder.create("f");
      folder.sync();
      file.write(ByteBuffer.allocate(10), 0);
      folder.faults().beforeForce(() -> onAnotherThread(() -> file.write(more(), 10)));
      file.force();
      sizes.add(folder.crash().bytes("f").length);
    }
    assertThat(sizes).contains(10, 20).allMatch(size -> size >= 10 && size <= 20);
  }

  private static ByteBuffer more() {
    return ByteBuffer.allocate(10);
  }

  private static void onAnotherThread(ThrowingCallable what) {
    CompletableFuture.runAsync(() -> assertThatCode(what).doesNotThrowAnyException())
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
  }

  // ---- a killed process

  @Test
  void aKilledProcessLeavesWhatItWrote() throws IOException {
    StoredFile file;
    var folder = new MemoryFolder(1);
    file = folder.create("f");
    file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
    MemoryFolder next = folder.kill();
    assertThat(next.bytes("f")).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0)).isInstanceOf(Killed.class);
    assertThatThrownBy(folder::list).isInstanceOf(Killed.class);
    file.close();
    boolean lost = false;
    for (int i = 0; i < 100; i++) {
      lost |= next.crash().list().isEmpty();
    }
    assertThat(lost).as("what is not synced before a kill is not synced after it").isTrue();
  }

  @Test
  void aProcessDiesWhereItIsTold() throws IOException {
    Set<Integer> sizes = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      var folder = new MemoryFolder(seed);
      StoredFile file = folder.create("f");
      folder.faults().dieIn(2, Operation.WRITE);
      file.write(ByteBuffer.allocate(10), 0);
      file.force();
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(10), 10)).isInstanceOf(Killed.class);
      assertThatThrownBy(file::size).isInstanceOf(Killed.class);
      MemoryFolder next = folder.kill();
      sizes.add(next.bytes("f").length);
      next.faults().dieIn(1);
      assertThatThrownBy(() -> next.rename("f", "g")).isInstanceOf(Killed.class);
      names.addAll(next.kill().list());
    }
    assertThat(sizes).contains(10, 15, 20).allMatch(size -> size >= 10 && size <= 20);
    assertThat(names).containsExactlyInAnyOrder("f", "g");
  }

  @Test
  void aDeathBeforeEveryOperationOfALifeIsReached() throws IOException {
    int deaths = 0;
    for (int n = 1; n < 100; n++) {
      var folder = new MemoryFolder(n);
      folder.faults().dieIn(n);
      try {
        write(folder, "f", 1);
        folder.rename("f", "g");
        folder.sync();
        folder.delete("g");
        break;
      } catch (Killed e) {
        deaths++;
      }
    }
    assertThat(deaths).as("create, write, rename, sync, delete").isEqualTo(5);
  }

  private static void synced(Folder folder, String name, int content) throws IOException {
    try (StoredFile file = folder.create(name)) {
      file.write(ByteBuffer.wrap(new byte[] {(byte) content}), 0);
      file.force();
    }
  }
}
