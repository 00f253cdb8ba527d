package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sealed segments whose index is gone: it is made anew from the data, and what the data does not
/// have any more is told.
class SealedOpenerTest {
  private final StoreModel model = new StoreModel(11, Durability.DISK);

  /// Three sealed segments and an open one.
  @BeforeEach
  void fill() throws IOException {
    model.limits(new SegmentLimits(400, 40, 10));
    model.open();
    while (sealed().size() < 3) {
      assertThat(model.write(2)).isTrue();
      model.pass(10);
    }
    assertThat(model.write(1)).isTrue();
  }

  private List<Manifest.Entry> sealed() {
    return model.store().manifest().segments().stream().filter(Manifest.Entry::sealed).toList();
  }

  private Map<String, byte[]> end(boolean stopped) throws IOException {
    if (stopped) {
      model.store().close(100);
    }
    model.kill();
    return new TreeMap<>(model.folder.bytes());
  }

  private void put(Map<String, byte[]> files) {
    model.folder.names.keySet().retainAll(files.keySet());
    files.forEach(model.folder::put);
    model.folder.restoreIdentities();
  }

  private void checkAllTold(String what) throws IOException {
    List<String> unreadable = new ArrayList<>();
    Map<Long, StoredRecord> found = model.all(unreadable);
    model.checkSame(found);
    assertThat(unreadable).isEmpty();
    for (long offset : model.held.keySet()) {
      assertThat(found.containsKey(offset) || isTold(offset))
          .as("%s: %d is missing, and nothing says so; %s", what, offset, model.said)
          .isTrue();
    }
  }

  private boolean isTold(long offset) {
    return model.store().manifest().holes().stream()
        .anyMatch(hole -> hole.from() < offset && offset <= hole.to());
  }

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] flipped = bytes.clone();
    flipped[at] ^= (byte) (1 << at % 8);
    return flipped;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAShorterFileHadIsToldAlsoWithoutItsIndex(boolean stopped) throws IOException {
    List<Manifest.Entry> entries = sealed();
    Map<String, byte[]> files = end(stopped);
    for (Manifest.Entry entry : entries) {
      String log = SegmentHeader.logName(entry.number());
      byte[] bytes = Objects.requireNonNull(files.get(log));
      for (int size = 0; size < bytes.length; size++) {
        var left = new TreeMap<>(files);
        left.remove(SegmentHeader.indexName(entry.number()));
        left.put(log, Arrays.copyOf(bytes, size));
        put(left);
        model.open();
        checkAllTold(log + " of " + size);
        model.kill();
        model.open();
        checkAllTold(log + " of " + size + ", another start");
        model.kill();
      }
    }
  }

  /// Also where nothing can be written, and later can; whatever byte is wrong, or the first that is
  /// gone.
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void norIsItForgottenWhereTheIndexCannotBeMadeAnew(boolean stopped, boolean cut)
      throws IOException {
    List<Manifest.Entry> entries = sealed();
    Map<String, byte[]> files = end(stopped);
    for (Manifest.Entry entry : entries) {
      String log = SegmentHeader.logName(entry.number());
      byte[] bytes = Objects.requireNonNull(files.get(log));
      for (int at = 0; at < bytes.length; at++) {
        var left = new TreeMap<>(files);
        left.remove(SegmentHeader.indexName(entry.number()));
        left.put(log, cut ? Arrays.copyOf(bytes, at) : flipped(bytes, at));
        put(left);
        model.folder.full = true;
        model.open();
        model.folder.full = false;
        String what = log + " at " + at;
        checkAllTold(what);
        model.pass(2000);
        model.store().sync();
        checkAllTold(what + ", healed");
        model.kill();
        model.open();
        checkAllTold(what + ", another start");
        model.kill();
      }
    }
  }

  /// A rewrite let the last records of a segment go: that they are not there is no loss.
  @Test
  void whatARewriteLetGoIsNoHole() throws IOException {
    Manifest.Entry rewritten = sealed().get(1);
    try (Snapshot snapshot = model.store().snapshot()) {
      Segment old =
          snapshot.segments().stream()
              .filter(one -> one.number() == rewritten.number())
              .findFirst()
              .orElseThrow();
      SegmentOutput output = model.store().output(old.base());
      RecordScanner scanner = ((SealedSegment) old).scan();
      for (int i = 0; i < 2; i++) {
        output.add(Objects.requireNonNull(scanner.next()));
      }
      for (StoredRecord gone; (gone = scanner.next()) != null; ) {
        model.held.remove(gone.offset());
      }
      model.store().replace(List.of(old), List.of(output), Change.NONE, () -> {});
    }
    Map<String, byte[]> files = end(true);
    files.keySet().removeIf(name -> name.endsWith(".index"));
    put(files);
    Store again = model.open();
    assertThat(again.manifest().holes()).as("%s", model.said).isEmpty();
    assertThat(model.all(new ArrayList<>()).keySet()).isEqualTo(model.held.keySet());
  }
}
