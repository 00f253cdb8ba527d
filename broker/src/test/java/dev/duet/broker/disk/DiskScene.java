package dev.duet.broker.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.Span;
import dev.duet.broker.disk.store.Faults;
import dev.duet.broker.disk.store.Hole;
import dev.duet.broker.disk.store.MemoryFolder;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.ManualClocks;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A machine with a disk, and the processes that keep channels on it, one after the other: each
/// begins with [#open] and ends with [#stop], [#kill] or [#crash]. Channels are named where there
/// are several; else it is `chat`. The same seed gives the same bytes, ids and salts.
final class DiskScene {
  private static final String CHAT = "chat";

  private final ManualClocks clocks = new ManualClocks();
  private final long seed;
  private Namespaces namespaces;
  private UnaryOperator<DiskSettings> change = settings -> settings;
  private MemoryFolder folder;
  private int starts;
  private @Nullable LateDiskBroker broker;

  DiskScene(long seed, Namespaces namespaces) {
    this.seed = seed;
    this.namespaces = namespaces;
    this.folder = new MemoryFolder(seed);
  }

  /// All channels keep what is usual, in one log.
  DiskScene(long seed, Durability durability) {
    this(seed, new Namespaces(List.of(new Namespace("*", Retention.DEFAULT, durability))));
  }

  // ---- how its processes are set up

  /// Processes from now on have others.
  DiskScene withNamespaces(Namespaces others) {
    namespaces = others;
    return this;
  }

  /// Processes from now on have other settings.
  DiskScene with(UnaryOperator<DiskSettings> other) {
    change = other;
    return this;
  }

  /// Segments from now on hold that many records of 100 bytes, and less of others.
  DiskScene withRecords(int records) {
    var limits = new SegmentLimits(200L * records, records, 100);
    return with(settings -> settings.withSegments(limits));
  }

  // ---- its processes

  /// The next one, in the first run of the operating system.
  DiskScene open() {
    return open("one");
  }

  /// @param boot names the run of the operating system
  DiskScene open(String boot) {
    return open(boot, false);
  }

  /// Commits wait for [LateDiskBroker#commitAll()].
  DiskScene openLate() {
    return open("one", true);
  }

  private DiskScene open(String boot, boolean late) {
    broker =
        new LateDiskBroker(
            namespaces,
            folder,
            clocks,
            seed * 1_000 + starts++,
            late,
            settings -> change.apply(settings).withBootId(() -> boot));
    return this;
  }

  void stop() {
    broker().close();
  }

  void kill() {
    folder = folder.kill();
  }

  void crash() {
    folder = folder.crash();
  }

  /// The process that began last.
  LateDiskBroker broker() {
    return Objects.requireNonNull(broker, "no process began");
  }

  ManualClocks clocks() {
    return clocks;
  }

  // ---- its disk

  MemoryFolder folder() {
    return folder;
  }

  Faults faults() {
    return folder.faults();
  }

  /// The disk is as it should be, and the log has found out.
  void heal() {
    faults().heal();
    pause();
    sync();
    assertThat(failing()).isFalse();
  }

  /// Until a log that fails may try again.
  void pause() {
    clocks.advance(Duration.ofSeconds(2));
  }

  void sync() {
    broker().sync(index());
  }

  // ---- its publishers

  CompletableFuture<Receipt> append(String channel, Draft draft) {
    return log(channel).append(channel, draft).toCompletableFuture();
  }

  Receipt publish(String channel, Draft draft) {
    return append(channel, draft).orTimeout(60, TimeUnit.SECONDS).join();
  }

  Receipt publish(Draft draft) {
    return publish(CHAT, draft);
  }

  /// Something of 100 bytes.
  Receipt publish() {
    return publish(Draft.text("x".repeat(100)));
  }

  /// @return the offset of what was published: it must be taken
  long mustPublish() {
    Receipt receipt = publish();
    assertThat(receipt).isInstanceOf(Receipt.Appended.class);
    return ((Receipt.Appended) receipt).offset();
  }

  // ---- what is there

  DiskLog log(String channel) {
    return broker().log(broker().logOf(channel));
  }

  DiskLog log() {
    return log(CHAT);
  }

  /// The number of its log.
  int index() {
    return broker().logOf(CHAT);
  }

  Page read(String channel, long after) {
    DiskLog log = log(channel);
    var request =
        ReadRequest.forwards(
            List.of(Span.after(channel, after)), log.position(), 1_000, Integer.MAX_VALUE);
    return log.read(request).toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  /// Offsets of what is held of a channel.
  List<Long> held(String channel) {
    return read(channel, 0).items().stream()
        .filter(Publication.class::isInstance)
        .map(one -> ((Publication) one).offset())
        .toList();
  }

  List<Long> held() {
    return held(CHAT);
  }

  LogIds ids() {
    return log().ids();
  }

  String id() {
    return ids().current();
  }

  List<Hole> holes() {
    return broker().holes(index());
  }

  boolean failing() {
    return broker().failing(index());
  }

  /// Of offsets those that are there for who has an id that ends there.
  static Long[] upTo(List<Long> offsets, long end) {
    return offsets.stream().filter(offset -> offset <= end).toArray(Long[]::new);
  }
}
