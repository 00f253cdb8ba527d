package dev.duet.broker.disk;

import dev.duet.broker.Durability;
import dev.duet.broker.commit.IdempotencyWindow;
import dev.duet.broker.disk.store.Folder;
import dev.duet.broker.disk.store.Recovered;
import dev.duet.broker.disk.store.Store;
import dev.duet.broker.disk.store.StoreSettings;
import dev.duet.broker.disk.store.StoredRecord;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/// Opens a log: what its store recovered, its place in time, its keys.
final class Opening {
  private static final System.Logger LOG = System.getLogger("dev.duet.broker.disk");

  private final DiskSettings settings;
  private final Executor io;
  private final Executor background;

  /// @param io runs what reads files
  /// @param background runs what nobody waits for
  Opening(DiskSettings settings, Executor io, Executor background) {
    this.settings = settings;
    this.io = io;
    this.background = background;
  }

  /// Opens the log of a durability, or makes it.
  DiskLog open(Folder folder, Durability durability) throws IOException {
    var lock = new ReentrantLock();
    Store store = Store.open(folder, storeSettings(durability), lock);
    try {
      return open(store, lock, durability);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private DiskLog open(Store store, ReentrantLock lock, Durability durability) {
    Recovered recovered = store.recovered();
    var clock = new LogClock(settings.wall(), settings.ticker(), recovered.age());
    long fresh = Math.max(recovered.position() + 1, clock.micros());
    Epochs before = new Epochs(store.manifest().epochs());
    Epochs epochs = before.with(settings.namespaces(), fresh);
    Map<String, Long> floors = Epochs.floors(store.manifest().floors(), settings.namespaces());
    if (epochs.last() != before.last()) {
      store.epochs(epochs.list(), floors);
    }
    var families = new Families(settings.namespaces(), floors);
    long position = Math.max(recovered.position(), epochs.last());
    var core = new LogCore(lock, io, store, settings, families, epochs, clock, position);
    for (StoredRecord record : recovered.keyed()) {
      remember(core, record);
    }
    core.wrongIndexes().addAll(recovered.wrongIndexes());
    return new DiskLog(durability, settings, store, core);
  }

  /// A key counts from when it was used, by the log's own clock.
  private static void remember(LogCore core, StoredRecord record) {
    String key = record.idempotencyKey();
    if (key != null) {
      long ago = Math.max(0, core.clock().age() - record.age());
      long tick = core.clock().tick() - ago * 1_000_000;
      core.window()
          .add(
              new IdempotencyWindow.Entry(
                  record.channel(), key, record.print(), record.offset(), tick));
    }
  }

  private StoreSettings storeSettings(Durability durability) {
    return new StoreSettings(
        durability,
        settings.segments(),
        background,
        settings.random(),
        settings.wall(),
        settings.ticker(),
        settings.bootId(),
        settings.keyWindow(),
        settings.maxKeys(),
        Math.max(4L << 20, Runtime.getRuntime().maxMemory() / 64),
        message ->
            LOG.log(System.Logger.Level.WARNING, "log '" + durability.text() + "': " + message));
  }
}
