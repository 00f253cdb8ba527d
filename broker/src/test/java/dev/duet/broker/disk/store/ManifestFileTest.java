package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.Manifest.Entry;
import dev.duet.broker.disk.store.StateFile.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The small files of a log: what is read is what was written, and nothing else is taken for it.
class ManifestFileTest {
  private static final Manifest MANIFEST =
      new Manifest(
          new Salt(7, -1),
          new LogIds(
              "abcdefgh",
              List.of(new LogIds.Past("zyxwvuts", 12, true), new LogIds.Past("aaaaaaaa", 7))),
          99,
          List.of(
              new Epoch(5, List.of()),
              new Epoch(
                  9,
                  List.of(
                      new Epoch.Family("orders *", Durability.OS, Retention.Mode.LATEST),
                      new Epoch.Family("*", Durability.DISK, Retention.Mode.HISTORY)))),
          Map.of("*", 5L, "a%\nb", 6L),
          List.of(new Hole(3, 4), new Hole(8, 9)),
          List.of(
              Entry.sealed(1, 0, 55, 900),
              Entry.open(2, 55).endedAt(4096),
              new Entry(4, -1, -1, false, -1, -1)));

  @TempDir private Path path;
  private Folder folder;

  @BeforeEach
  void open() throws IOException {
    folder = DiskFolder.open(path);
  }

  @Test
  void aManifestIsReadAsItWasWritten() throws IOException {
    new ManifestFile(folder).write(MANIFEST);
    assertThat(new ManifestFile(folder).read()).isEqualTo(MANIFEST);
    assertThat(Files.readAllLines(path.resolve("manifest"))).contains("segment 2 55 - open 4096");
    assertThat(folder.list()).containsExactly("manifest");
  }

  @Test
  void aStateIsReadAsItWasWritten() throws IOException {
    var state = new State("a boot", true, 12, 13, 3, 4096);
    new StateFile(folder).write(state);
    assertThat(new StateFile(folder).read()).isEqualTo(new StateFile.Read(state, true, false));
  }

  @Test
  void aStateThatWasCopiedIsKnownAsACopy() throws IOException {
    var state = new State("a boot", true, 12, 13, 3, 4096);
    new StateFile(folder).write(state);
    Files.copy(path.resolve("state"), path.resolve("copy"));
    Files.move(path.resolve("copy"), path.resolve("state"), StandardCopyOption.REPLACE_EXISTING);
    assertThat(new StateFile(folder).read()).isEqualTo(new StateFile.Read(state, false, false));
    new StateFile(folder).writeBackup(state);
    assertThat(new StateFile(folder).read()).isEqualTo(new StateFile.Read(state, false, true));
  }

  @Test
  void noByteCanBeChangedOrCutWithoutNotice() throws IOException {
    new ManifestFile(folder).write(MANIFEST);
    Path file = path.resolve("manifest");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= (byte) (1 << i % 8);
      Files.write(file, flipped);
      assertDamaged("byte " + i + " flipped");
      Files.write(file, Arrays.copyOf(bytes, i));
      assertDamaged("cut at " + i);
    }
  }

  private void assertDamaged(String what) {
    assertThatThrownBy(() -> new ManifestFile(folder).read())
        .as(what)
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("manifest");
  }

  @Test
  void whatAnotherVersionWroteIsRefusedWithItsLine() throws IOException {
    List<String> lines = new ArrayList<>(ManifestFile.lines(MANIFEST));
    lines.add(2, "colour blue");
    new TextFile(folder, "manifest").write(lines);
    assertThatThrownBy(() -> new ManifestFile(folder).read())
        .isNotInstanceOf(DamagedException.class)
        .hasMessage("manifest, line 3: is not known to this version of Duet: 'colour blue'");
    lines.set(2, "position many");
    new TextFile(folder, "manifest").write(lines);
    assertThatThrownBy(() -> new ManifestFile(folder).read())
        .hasMessageContaining("manifest, line 3: cannot be understood: 'position many'");
    lines.set(0, "duet log 2");
    new TextFile(folder, "manifest").write(lines);
    assertThatThrownBy(() -> new ManifestFile(folder).read())
        .isNotInstanceOf(DamagedException.class)
        .hasMessageContaining("manifest, line 1: ");
  }

  @Test
  void holesAreJoined() {
    Manifest manifest = MANIFEST.withHole(new Hole(4, 6)).withHole(new Hole(7, 8));
    assertThat(manifest.holes()).containsExactly(new Hole(3, 6), new Hole(7, 9));
    assertThat(manifest.withHole(new Hole(1, 100)).holes()).containsExactly(new Hole(1, 100));
  }

  /// A log that is damaged again and again does not collect holes where it has nothing any more.
  @Test
  void holesBeforeAllThatIsLeftAreOne() {
    var first = Entry.sealed(3, 20, 55, 900);
    Manifest manifest =
        MANIFEST
            .withSegments(List.of(first))
            .withHoles(List.of(new Hole(12, 20), new Hole(30, 31), new Hole(40, 41)));
    assertThat(manifest.holes()).hasSize(5);
    assertThat(manifest.withOldHolesJoined().holes())
        .containsExactly(new Hole(3, 20), new Hole(30, 31), new Hole(40, 41));
    assertThat(manifest.withSegments(List.of()).withPosition(50).withOldHolesJoined().holes())
        .containsExactly(new Hole(3, 41));
  }

  /// Nor ids, where each end takes a new one.
  @Test
  void theOldestIdsAreForgotten() throws IOException {
    var model = new StoreModel(1, Durability.OS);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      ids.addFirst(model.open().ids().current());
      assertThat(model.write(1)).isTrue();
      model.crash();
    }
    List<LogIds.Past> past = model.open().ids().past();
    assertThat(past.stream().map(LogIds.Past::id).toList()).isEqualTo(ids.subList(0, 64));
  }
}
