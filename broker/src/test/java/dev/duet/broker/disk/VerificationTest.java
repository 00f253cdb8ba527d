package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.IndexRebuild;
import dev.duet.broker.disk.store.RecordScanner;
import dev.duet.broker.disk.store.SegmentHeader;
import dev.duet.broker.disk.store.StoredFile;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.broker.disk.store.Verification;
import dev.duet.broker.disk.store.Verification.Problem;
import dev.duet.broker.disk.store.Verification.Result;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What `duet log verify` finds.
class VerificationTest extends StoredLogScene {
  /// Every byte of data and indexes matters: none can be another without being told, with its
  /// place.
  @Test
  void aFlippedByteIsFound() throws Exception {
    try (DiskBroker broker = open(data())) {
      fill(broker, 500, 4);
      await(() -> sealed(data()) > 1);
    }
    assertThat(verify(data(), 1)).isEmpty();
    var random = new Random(5);
    for (Path file : files(data().resolve("os"), ".log", ".index")) {
      byte[] whole = Files.readAllBytes(file);
      for (int i = 0; i < 12; i++) {
        int at = i == 0 ? 0 : i == 1 ? whole.length - 1 : random.nextInt(whole.length);
        byte[] other = whole.clone();
        other[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, other);
        String name = "os/" + file.getFileName();
        assertThat(verify(data(), 1))
            .as("byte %d of %s", at, name)
            .isNotEmpty()
            .anySatisfy(
                problem -> {
                  assertThat(problem.file()).isEqualTo(name);
                  assertThat(problem.from() < 0 || problem.from() <= at && at < problem.to())
                      .as(problem.toString())
                      .isTrue();
                });
        Files.write(file, whole);
      }
    }
    assertThat(verify(data(), 1)).isEmpty();
  }

  @Test
  void aDamagedRecordIsToldWithItsChannelAndOffset() throws Exception {
    try (DiskBroker broker = open(data())) {
      fill(broker, 500, 6);
      await(() -> sealed(data()) > 1);
    }
    Path first = files(data().resolve("os"), ".log").getFirst();
    byte[] bytes = Files.readAllBytes(first);
    var line =
        export(data(), Set.of(), null).stream()
            .filter(one -> one.publication().channel().startsWith("chat"))
            .skip(3)
            .findFirst()
            .orElseThrow();
    int at =
        indexOf(
            bytes,
            new String(line.publication().data(), StandardCharsets.UTF_8)
                .getBytes(StandardCharsets.UTF_8));
    bytes[at] ^= 1;
    Files.write(first, bytes);
    assertThat(verify(data(), 1))
        .anySatisfy(
            problem -> {
              assertThat(problem.channel()).isEqualTo(line.publication().channel());
              assertThat(problem.offset()).isEqualTo(line.publication().offset());
              assertThat(problem.from()).isLessThanOrEqualTo(at);
              assertThat(problem.to()).isGreaterThan(at);
            });
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int at = 0; at + part.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    throw new AssertionError("not there");
  }

  /// The checksums are right, but something is missing.
  @Test
  void aSegmentThatIsMissingInTheMiddleBreaksChains() throws Exception {
    try (DiskBroker broker = open(data())) {
      fill(broker, 500, 13);
      await(() -> sealed(data()) > 0);
    }
    Path manifest = data().resolve("os/manifest");
    List<String> lines = new ArrayList<>(Files.readAllLines(manifest));
    int second =
        lines.indexOf(
            lines.stream().filter(one -> one.startsWith("segment 2 ")).findAny().orElseThrow());
    String[] first = lines.get(second - 1).split(" ");
    first[3] = lines.get(second).split(" ")[3];
    lines.set(second - 1, String.join(" ", first));
    lines.remove(second);
    lines.removeLast();
    write(manifest, String.join("\n", lines) + "\n");
    assertThat(verify(data(), 1))
        .anySatisfy(
            one -> {
              assertThat(one.channel()).startsWith("chat.");
              assertThat(one.what()).contains("the record before it", "is missing");
            });
  }

  @Test
  void anIndexThatLacksARecordIsFound() throws Exception {
    try (DiskBroker broker = open(data())) {
      fill(broker, 300, 14);
      await(() -> sealed(data()) > 0);
    }
    Path file = files(data().resolve("os"), ".log").getFirst();
    byte[] whole = Files.readAllBytes(file);
    DiskFolder folder = DiskFolder.open(data().resolve("os"));
    SegmentHeader header;
    try (StoredFile opened = folder.open(file.getFileName().toString(), false)) {
      header = SegmentHeader.read(opened);
    }
    byte[] hurt = whole.clone();
    hurt[whole.length / 2] ^= 1;
    Files.write(file, hurt);
    assertThat(IndexRebuild.rebuild(folder, header, whole.length)).hasSize(1);
    Files.write(file, whole);
    assertThat(verify(data(), 1))
        .anySatisfy(one -> assertThat(one.what()).contains("the data has it, the index does not"));

    hurt = whole.clone();
    Arrays.fill(hurt, whole.length - 60, whole.length, (byte) 0);
    Files.write(file, hurt);
    List<RecordScanner.Damage> cut = IndexRebuild.rebuild(folder, header, whole.length);
    assertThat(IndexRebuild.rebuild(folder, header, cut.getLast().from())).isEmpty();
    Files.write(file, whole);
    assertThat(verify(data(), 1))
        .anySatisfy(one -> assertThat(one.what()).contains("where its index says"));
    assertThat(IndexRebuild.rebuild(folder, header, whole.length)).isEmpty();
    assertThat(verify(data(), 1)).isEmpty();
  }

  @Test
  void aFileThatIsGoneIsToldAndSoIsOneThatIsShort() throws Exception {
    try (DiskBroker broker = open(data())) {
      fill(broker, 500, 7);
      await(() -> sealed(data()) > 0);
    }
    List<Path> logs = files(data().resolve("os"), ".log");
    byte[] whole = Files.readAllBytes(logs.get(1));
    Files.write(logs.get(1), Arrays.copyOf(whole, whole.length - 50));
    assertThat(verify(data(), 1))
        .anySatisfy(
            one -> assertThat(one.toString()).contains("the file ends before its records do"));
    Files.delete(logs.get(1));
    assertThat(verify(data(), 1))
        .anySatisfy(one -> assertThat(one.toString()).contains("cannot be read"));
    Files.write(logs.get(1), whole);
    Files.delete(files(data().resolve("os"), ".index").getFirst());
    assertThat(verify(data(), 1)).anySatisfy(one -> assertThat(one.file()).endsWith(".index"));
  }

  @Test
  void theTornEndOfALogThatWasNotStoppedIsSaidAndNoProblem() throws Exception {
    try (DiskBroker broker = open(data())) {
      fill(broker, 50, 8);
      Path copy = directory.resolve("copy");
      copy(data(), copy);
      Path last = files(copy.resolve("os"), ".log").getFirst();
      byte[] whole = Files.readAllBytes(last);
      Files.write(last, Arrays.copyOf(whole, whole.length - 5));
      try (StoredLog log = StoredLog.openAll(DiskFolder.open(copy)).getFirst()) {
        List<Problem> problems = new ArrayList<>();
        Result result = Verification.verify(log, problems::add);
        assertThat(problems).isEmpty();
        assertThat(result.tail()).contains("not a whole record");
      }
    }
  }
}
