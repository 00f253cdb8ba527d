package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.ChannelTotals;
import dev.duet.broker.disk.store.ChannelTotals.Total;
import dev.duet.broker.disk.store.DamagedException;
import dev.duet.broker.disk.store.DiskFolder;
import dev.duet.broker.disk.store.IndexRebuild;
import dev.duet.broker.disk.store.LogBackup;
import dev.duet.broker.disk.store.LogExport;
import dev.duet.broker.disk.store.LogFacts;
import dev.duet.broker.disk.store.RecordScanner;
import dev.duet.broker.disk.store.SegmentHeader;
import dev.duet.broker.disk.store.StoredFile;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.broker.disk.store.StoredLog.Condition;
import dev.duet.broker.disk.store.UnknownFormatException;
import dev.duet.broker.disk.store.Verification;
import dev.duet.broker.disk.store.Verification.Problem;
import dev.duet.broker.disk.store.Verification.Result;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `duet log` does with the files of a real [DiskBroker].
class StoredLogTest {
  private static final Namespaces NAMESPACES =
      new Namespaces(
          List.of(
              new Namespace(
                  "latest.*", Retention.DEFAULT.withMode(Retention.Mode.LATEST), Durability.OS),
              new Namespace("safe.*", Retention.DEFAULT, Durability.DISK),
              new Namespace("*", Retention.DEFAULT, Durability.OS)));

  @TempDir private Path directory;

  private Path data() {
    return directory.resolve("data");
  }

  private DiskBroker open(Path where) {
    return DiskBroker.open(
        DiskSettings.of(where, NAMESPACES)
            .withSegments(new DiskSettings.SegmentLimits(16 << 10, 1000, 100)));
  }

  // ---- writing

  private static Receipt append(DiskBroker broker, String channel, Draft draft) throws Exception {
    return broker
        .logs()
        .get(broker.logOf(channel))
        .append(channel, draft)
        .toCompletableFuture()
        .get(60, TimeUnit.SECONDS);
  }

  /// Tried again for a while: with segments as small as these, full ones may come faster than their
  /// indexes are written.
  private static long publish(DiskBroker broker, String channel, Draft draft) throws Exception {
    for (int i = 0; ; i++) {
      Receipt receipt = append(broker, channel, draft);
      if (receipt instanceof Receipt.Appended appended) {
        return appended.offset();
      }
      assertThat(i).as(receipt.toString()).isLessThan(100);
      Thread.sleep(100);
    }
  }

  /// Enough for several segments of the log `os`, and something in the log `disk`.
  private Map<Long, String> fill(DiskBroker broker, int count, long seed) throws Exception {
    var random = new Random(seed);
    Map<Long, String> written = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      String text = i + " " + "x".repeat(random.nextInt(200));
      String channel =
          switch (random.nextInt(8)) {
            case 0 -> "safe.one";
            case 1, 2 -> "latest.one";
            default -> "chat." + random.nextInt(5);
          };
      Draft draft = Draft.text(text);
      if (channel.startsWith("latest")) {
        draft =
            random.nextInt(10) == 0
                ? Draft.tombstone("k" + random.nextInt(5))
                : draft.withKey("k" + random.nextInt(5));
      }
      if (random.nextInt(10) == 0) {
        draft = draft.withIdempotencyKey("id" + seed + "-" + i);
      }
      long offset = publish(broker, channel, draft);
      written.put(offset, channel);
      if (i == count / 2) {
        broker
            .logs()
            .getFirst()
            .trim("chat.1", offset)
            .toCompletableFuture()
            .get(60, TimeUnit.SECONDS);
      }
    }
    return written;
  }

  // ---- looking

  private static List<Problem> verify(Path where, long least) throws IOException {
    List<Problem> problems = new ArrayList<>();
    long records = 0;
    List<StoredLog> logs = StoredLog.openAll(DiskFolder.open(where));
    for (StoredLog log : logs) {
      Result result = Verification.verify(log, problems::add);
      records += result.records();
      log.close();
    }
    assertThat(logs).isNotEmpty();
    assertThat(records).isGreaterThanOrEqualTo(least);
    return problems;
  }

  private static List<LogExport.Line> export(
      Path where, Set<String> channels, @Nullable Cursor since) throws IOException {
    List<StoredLog> logs = StoredLog.openAll(DiskFolder.open(where));
    List<LogExport.Line> lines = new ArrayList<>();
    var export =
        new LogExport(
            logs,
            channels,
            since,
            0,
            lost -> {
              throw new AssertionError(lost);
            });
    for (var line = export.next(); line != null; line = export.next()) {
      lines.add(line);
    }
    for (StoredLog log : logs) {
      log.close();
    }
    return lines;
  }

  private static List<Long> offsets(List<LogExport.Line> lines) {
    return lines.stream().map(line -> line.publication().offset()).toList();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
  }

  private List<LogFacts> facts(Path where) throws IOException {
    List<LogFacts> facts = new ArrayList<>();
    for (StoredLog log : StoredLog.openAll(DiskFolder.open(where))) {
      facts.add(LogFacts.of(log));
      log.close();
    }
    return facts;
  }

  // ---- what it shows

  @Test
  void whatIsThereIsShownWhileItRunsAndAfterwards() throws Exception {
    Map<Long, String> written;
    String id;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 600, 1);
      id = broker.logs().getFirst().ids().current();
      await(() -> sealed(data()) > 0);
      LogFacts os = facts(data()).getFirst();
      assertThat(os.condition()).isEqualTo(Condition.IN_USE);
      assertThat(verify(data(), written.size())).isEmpty();
      assertThat(offsets(export(data(), Set.of(), null)))
          .containsExactlyElementsOf(written.keySet());
    }
    List<LogFacts> facts = facts(data());
    assertThat(facts).extracting(LogFacts::name).containsExactly("os", "disk");
    LogFacts os = facts.getFirst();
    assertThat(os.ids()).isEqualTo(LogIds.of(id));
    assertThat(os.condition()).isEqualTo(Condition.STOPPED);
    assertThat(os.position())
        .isEqualTo(
            written.entrySet().stream()
                .filter(one -> !one.getValue().startsWith("safe"))
                .mapToLong(Map.Entry::getKey)
                .max()
                .orElseThrow());
    assertThat(os.epochs()).hasSize(1);
    assertThat(os.holes()).isEmpty();
    // A trim is a record as well.
    assertThat(os.records() + facts.get(1).records()).isEqualTo(written.size() + 1);
    assertThat(verify(data(), written.size() + 1)).isEmpty();
  }

  private int sealed(Path where) {
    try {
      return (int)
          facts(where).getFirst().segments().stream().filter(LogFacts.Segment::sealed).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void channelsAreAddedUpOverSegments() throws Exception {
    Map<Long, String> written;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 600, 2);
    }
    try (StoredLog log = StoredLog.openAll(DiskFolder.open(data())).getFirst()) {
      ChannelTotals.Totals all = ChannelTotals.of(log, 100);
      assertThat(all.channels()).isEqualTo(6);
      for (Total total : all.largest()) {
        var offsets =
            written.entrySet().stream()
                .filter(one -> one.getValue().equals(total.channel()))
                .mapToLong(Map.Entry::getKey)
                .toArray();
        assertThat(total.tail()).isEqualTo(offsets[offsets.length - 1]);
        if (total.latest()) {
          assertThat(total.records()).isLessThan(offsets.length);
        } else {
          assertThat(total.records()).isEqualTo(offsets.length);
        }
      }
      assertThat(all.largest())
          .isSortedAccordingTo(Comparator.comparingLong(Total::bytes).reversed());
      assertThat(ChannelTotals.of(log, 2).largest()).isEqualTo(all.largest().subList(0, 2));
      assertThat(ChannelTotals.of(log, 2).channels()).isEqualTo(6);
    }
  }

  @Test
  void anExportBeginsAfterACursorAndHasOnlyItsChannels() throws Exception {
    Map<Long, String> written;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 400, 3);
    }
    List<LogExport.Line> all = export(data(), Set.of(), null);
    for (int at : new int[] {0, 17, 200, 399}) {
      Cursor cursor = Cursor.parse(all.get(at).cursor());
      assertThat(offsets(export(data(), Set.of(), cursor)))
          .isEqualTo(offsets(all).subList(at + 1, all.size()));
    }
    assertThat(export(data(), Set.of("chat.3", "safe.one"), null))
        .extracting(line -> line.publication().channel())
        .containsExactlyElementsOf(
            written.values().stream()
                .filter(one -> one.equals("chat.3") || one.equals("safe.one"))
                .toList());
    assertThatThrownBy(() -> export(data(), Set.of(), Cursor.of("zzzzz", 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // ---- verify

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

  /// Nobody holds the files while compaction takes them away.
  @Test
  void itLooksWhileFilesComeAndGo() throws Exception {
    DiskSettings small =
        DiskSettings.of(data(), NAMESPACES)
            .withSegments(new DiskSettings.SegmentLimits(8 << 10, 1000, 100))
            .withMaxBytes(64 << 10);
    try (DiskBroker broker = DiskBroker.open(small)) {
      publish(broker, "chat.1", Draft.text("first"));
      long first = facts(data()).getFirst().segments().getFirst().number();
      var stop = new AtomicBoolean();
      var writing =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  int i = 0;
                  for (; !stop.get() && i < 1000; i++) {
                    for (int j = 0; j < 50; j++) {
                      String channel = j % 8 == 0 ? "safe.one" : "chat." + j % 5;
                      append(broker, channel, Draft.text("x".repeat(j * 4)));
                    }
                    // Where segments are full faster than indexes are written it is refused.
                    Thread.sleep(25);
                    while (broker.tick()) {}
                  }
                  return i;
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      for (int i = 0; i < 12 || i < 1000 && first == number(data()); i++) {
        if (i >= 12) {
          // The compactor looks every few seconds.
          Thread.sleep(50);
          continue;
        }
        assertThat(verify(data(), 1)).isEmpty();
        Path backup = Files.createDirectory(directory.resolve("backup" + i));
        new LogBackup(
                DiskFolder.open(data()), DiskFolder.open(backup), true, InstantSource.system())
            .run();
        assertThat(verify(backup, 1)).isEmpty();
      }
      stop.set(true);
      assertThat(writing.get(120, TimeUnit.SECONDS)).isPositive();
      assertThat(number(data())).isGreaterThan(first);
    }
    assertThat(verify(data(), 1)).isEmpty();
  }

  private long number(Path where) throws IOException {
    return facts(where).getFirst().segments().getFirst().number();
  }

  /// As the log writes its small files.
  private static void write(Path file, String text) throws IOException {
    var crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    Files.writeString(file, text + "check %08x\n".formatted(crc.getValue()));
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

  @Test
  void whatIsNoLogOrANewerOneIsRefused() throws Exception {
    Files.createDirectories(data().resolve("os"));
    assertThat(StoredLog.openAll(DiskFolder.open(data()))).isEmpty();
    try (DiskBroker broker = open(data())) {
      fill(broker, 5, 9);
    }
    Path manifest = data().resolve("os/manifest");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("position", "p0sition"));
    assertThatThrownBy(() -> StoredLog.openAll(DiskFolder.open(data())))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining("os/manifest");
    String newer = text.replaceFirst("duet log 1", "duet log 2");
    newer = newer.substring(0, newer.lastIndexOf("check "));
    write(manifest, newer);
    assertThatThrownBy(() -> StoredLog.openAll(DiskFolder.open(data())))
        .isInstanceOf(UnknownFormatException.class)
        .hasMessageContaining("os/manifest");
  }

  // ---- backup

  @Test
  void aBackupOfARunningServerHasEverythingUpToItsMoment() throws Exception {
    Path backup = Files.createDirectory(directory.resolve("backup"));
    Map<Long, String> before;
    List<LogBackup.Copied> copied;
    String id;
    try (DiskBroker broker = open(data())) {
      before = fill(broker, 400, 10);
      await(() -> sealed(data()) > 0);
      id = broker.logs().getFirst().ids().current();
      var stop = new AtomicBoolean();
      var writing =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  Map<Long, String> more = new HashMap<>();
                  for (int i = 0; !stop.get() && i < 1000; i++) {
                    more.putAll(fill(broker, 20, 100 + i));
                  }
                  return more;
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      copied =
          new LogBackup(
                  DiskFolder.open(data()), DiskFolder.open(backup), true, InstantSource.system())
              .run();
      stop.set(true);
      writing.get(120, TimeUnit.SECONDS);
    }
    assertThat(copied).extracting(LogBackup.Copied::log).containsExactly("os", "disk");
    assertThat(copied.getFirst().id()).isEqualTo(id);
    assertThat(copied.getFirst().linked()).isPositive();
    assertThat(verify(backup, before.size())).isEmpty();
    assertThat(facts(backup)).allMatch(one -> one.condition() == Condition.BACKUP);
    List<Long> there = offsets(export(backup, Set.of(), null));
    assertThat(there).containsAll(before.keySet());

    Path restored = directory.resolve("restored");
    copy(backup, restored);
    try (DiskBroker broker = open(restored)) {
      for (int i = 0; i < 2; i++) {
        Log log = broker.logs().get(i);
        assertThat(log.ids().past()).hasSize(1);
        assertThat(log.ids().current()).isNotEqualTo(copied.get(i).id());
        assertThat(log.ids().endOf(copied.get(i).id())).isEqualTo(copied.get(i).last());
      }
      // Whoever had the first half goes on with the second, without a gap.
      List<Long> chat =
          before.entrySet().stream()
              .filter(one -> one.getValue().equals("chat.2"))
              .map(Map.Entry::getKey)
              .toList();
      long had = chat.get(chat.size() / 2);
      Log os = broker.logs().getFirst();
      Page page =
          os.read(
                  ReadRequest.forwards(
                      List.of(Span.after("chat.2", had)), os.position(), 1000, 1 << 20))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS);
      assertThat(page.items()).allMatch(Publication.class::isInstance);
      assertThat(page.items().stream().map(one -> ((Publication) one).offset()).toList())
          .containsAll(chat.subList(chat.size() / 2 + 1, chat.size()))
          .isSubsetOf(there);
      assertThat(publish(broker, "chat.2", Draft.text("after")))
          .isGreaterThan(os.ids().past().getFirst().end());
    }
    assertThat(verify(restored, before.size())).isEmpty();
    // A server on the backup itself does not touch what that is linked with.
    try (DiskBroker broker = open(backup)) {
      fill(broker, 200, 12);
    }
    assertThat(verify(data(), before.size())).isEmpty();
    try (DiskBroker broker = open(data())) {
      assertThat(broker.logs().getFirst().ids()).isEqualTo(LogIds.of(id));
    }
  }

  @Test
  void aBackupWithoutLinksIsTheSame() throws Exception {
    Path backup = Files.createDirectory(directory.resolve("backup"));
    Map<Long, String> written;
    try (DiskBroker broker = open(data())) {
      written = fill(broker, 400, 11);
    }
    var copied =
        new LogBackup(
                DiskFolder.open(data()), DiskFolder.open(backup), false, InstantSource.system())
            .run();
    assertThat(copied).allMatch(one -> one.linked() == 0);
    assertThat(offsets(export(backup, Set.of(), null))).containsExactlyElementsOf(written.keySet());
    try (DiskBroker broker = open(backup)) {
      assertThat(broker.logs().getFirst().ids().past()).hasSize(1);
    }
  }

  // ---- files

  private static List<Path> files(Path folder, String... ends) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> found = new ArrayList<>();
      all.sorted().filter(one -> ends(one, ends)).forEach(found::add);
      // The one that was made ready has nothing in it.
      found.removeIf(one -> one.toFile().length() <= 64);
      return found;
    }
  }

  private static boolean ends(Path file, String... ends) {
    return Stream.of(ends).anyMatch(end -> file.toString().endsWith(end));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path one : all.toList()) {
        Files.copy(one, to.resolve(from.relativize(one).toString()));
      }
    }
  }
}
