package dev.duet.broker.disk.store;

import dev.duet.broker.LogIds;
import dev.duet.broker.disk.store.Manifest.Entry;
import dev.duet.broker.disk.store.StateFile.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// From the files of a folder to a log. Sealed segments: their indexes' ends. Others: their
/// records, see [TailScan]. It goes on whatever it finds damaged or gone, and says what it found; a
/// file that it may not open it does not go on without.
final class Recovery {
  static final Pattern DATA = Pattern.compile("(\\d{10,19})\\.log");
  private static final Pattern OURS =
      Pattern.compile("\\d{10,19}\\.(log|index)(\\.new)?|(manifest|state)\\.new");

  private final Folder folder;
  private final StoreSettings settings;
  private final ReentrantLock lock;
  private final List<String> notices = new ArrayList<>();
  private final List<Hole> holes = new ArrayList<>();
  private @Nullable Parts parts;
  private @Nullable Writer writer;
  private @Nullable StartIds ids;
  private long last;

  Recovery(Folder folder, StoreSettings settings, ReentrantLock lock) {
    this.folder = folder;
    this.settings = settings;
    this.lock = lock;
  }

  Parts parts() {
    return Objects.requireNonNull(parts);
  }

  Writer writer() {
    return Objects.requireNonNull(writer);
  }

  void say(String what) {
    notices.add(what);
    settings.operator().accept(what);
  }

  /// What a disk cannot read now it may be able to read another time: whoever runs it may want to
  /// stop, and copy the file.
  void unreadable(String name, long from, long to) {
    say(
        "the disk cannot read all of "
            + name
            + ", bytes "
            + from
            + " to "
            + to
            + " (an I/O error, tried twice): they count as damaged");
  }

  void hole(Hole hole) {
    holes.add(hole);
  }

  /// A file that is there but cannot be opened, for want of rights or of file descriptors: nothing
  /// is known of what it has, so nothing is done without it.
  static IOException refused(String name, IOException why) {
    return new IOException(
        name
            + " cannot be opened ("
            + IoReason.of(why)
            + "), and the log is not opened without it: make it readable, or take it away and what"
            + " it has is lost",
        why);
  }

  /// A small file that is read.
  private interface Reading<T> {
    T read() throws IOException;
  }

  /// What a small file says, of which nothing may be forgotten: twice, if the disk cannot read it.
  ///
  /// @throws DamagedException if it was read and is not what was written
  /// @throws IOException if it cannot be read, or another version wrote it
  private <T> T small(String name, Reading<T> file) throws IOException {
    try {
      try {
        return file.read();
      } catch (DamagedException | UnknownFormatException e) {
        throw e;
      } catch (IOException e) {
        return file.read();
      }
    } catch (DamagedException | UnknownFormatException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          name
              + " cannot be read ("
              + IoReason.of(e)
              + "), and the log is not opened without it: make it readable, or start on a backup;"
              + " do not take it away",
          e);
    }
  }

  Recovered run() throws IOException {
    Set<String> names = new HashSet<>(folder.list());
    boolean isNew =
        !names.contains(ManifestFile.NAME)
            && names.stream().noneMatch(name -> DATA.matcher(name).matches());
    Manifest manifest =
        isNew ? Manifest.empty(newSalt(), LogIds.of(StartIds.random(settings))) : manifest(names);
    StateFile.Read state = state(names);
    StartIds its = new StartIds(settings, state);
    ids = its;
    State mark = its.mark();
    boolean clean = mark != null;
    long largest = manifest.lastNumber();
    for (String name : names) {
      var data = DATA.matcher(name);
      if (data.matches()) {
        largest = Math.max(largest, Long.parseLong(data.group(1)));
      }
    }
    var opener = new SealedOpener(this, folder, settings, manifest);
    List<Entry> entries;
    Tail tail = null;
    try {
      entries = new ArrayList<>(opener.open());
      tail = new Tail(this, folder, settings, manifest.salt(), opener.last());
      long fresh = Math.max(manifest.position(), settings.wall().millis() * 1000);
      long end = clean ? manifest.position() : fresh;
      tail.read(opener.unsealed(), entries, mark, its.isSameBoot(), end);
    } catch (IOException e) {
      opener.segments().forEach(Segment::release);
      if (tail != null) {
        tail.open().forEach(one -> one.segment().release());
      }
      throw e;
    }
    if (!clean) {
      largest = tail.copyAll(largest);
    }
    entries.addAll(tail.entries());
    entries.sort(Comparator.comparingLong(Entry::base));
    last = Math.max(opener.last(), tail.last());

    Manifest next = manifest.withSegments(entries).withPosition(last);
    for (Hole hole : holes) {
      next = next.withHole(hole).withPosition(hole.to());
    }
    next = next.withOldHolesJoined();
    var read = new StartIds.Reading(next, last, holes);
    if (!isNew) {
      next = next.withIds(its.written(read));
      String change = its.change();
      if (change != null) {
        say("the log has a new id: " + change + "; the old one ends at " + read.prefix());
      }
    }
    Recovered found = finish(isNew, next, tail, largest, state, its.boot(), opener);
    Catalog catalog = parts().catalog();
    // An id that is new now and not written down is known to nobody else anyway.
    boolean isWritten = catalog.isCertain() || its.change() == null;
    boolean isUnsaved = !catalog.isCertain() || tail.failure() != null;
    if (!isNew && isUnsaved && isWritten && its.matters(read)) {
      var told = new StartIds.Reading(next, last, holes);
      catalog.provisional(its.unsaved(told, parts().state().isCertain()));
      say("until all that was read is copied the log goes by the id " + catalog.ids().current());
    }
    return found;
  }

  /// Ids that no other start knows.
  LogIds another() {
    return Objects.requireNonNull(ids).unknown(parts().catalog().current());
  }

  private Recovered finish(
      boolean isNew,
      Manifest next,
      Tail tail,
      long largest,
      StateFile.@Nullable Read state,
      String boot,
      SealedOpener opener)
      throws IOException {
    var lists = new SegmentLists(lock);
    Writer[] holder = new Writer[1];
    long age = Math.max(opener.lastAge(), tail.lastAge());
    var catalog =
        new Catalog(
            folder, next, false, largest, () -> holder[0] == null ? last : holder[0].last());
    long now = age(state, age, tail);
    long tick = settings.ticker().getAsLong();
    LongSupplier clock = () -> now + (settings.ticker().getAsLong() - tick) / 1_000_000;
    var keeper = new StateKeeper(folder, boot, settings.wall(), clock);
    var made =
        new Parts(
            folder,
            settings,
            lock,
            new RecordCodec(next.salt()),
            opener.cache(),
            catalog,
            keeper,
            lists,
            new Meter());
    parts = made;
    List<Segment> all = new ArrayList<>(opener.segments());
    tail.open().forEach(one -> all.add(one.segment()));
    all.sort(Comparator.comparingLong(Segment::base));
    lists.replace(List.of(), all);
    opener.segments().forEach(Segment::release);
    Writer started = new Writer(made, tail.open(), last);
    holder[0] = started;
    writer = started;
    try {
      catalog.update(manifest -> manifest);
      keeper.running();
      deleteOthers(next);
    } catch (IOException e) {
      if (isNew) {
        throw e;
      }
      started.startFailed(e);
    }
    IOException notCopied = tail.failure();
    if (notCopied != null) {
      started.startFailed(notCopied);
    }
    List<StoredRecord> keyed = keyed(tail, opener, now);
    return new Recovered(isNew, next.position(), now, keyed, opener.wrongIndexes(), notices);
  }

  // ---- the small files

  private Manifest manifest(Set<String> names) throws IOException {
    if (names.contains(ManifestFile.NAME)) {
      try {
        return small(ManifestFile.NAME, new ManifestFile(folder)::read);
      } catch (DamagedException e) {
        say(
            "the manifest cannot be read ("
                + e.getMessage()
                + "); it is made anew from the segments that are there, under a new id");
        String aside = ManifestFile.NAME + ".damaged-" + settings.wall().millis();
        try {
          folder.rename(ManifestFile.NAME, aside);
          say("the damaged manifest is kept as " + aside);
        } catch (IOException again) {
          say("the damaged manifest could not be kept: " + IoReason.of(again));
        }
      }
    } else {
      say("there is no manifest; it is made anew from the segments that are there, under a new id");
    }
    return new Rebuild(this, folder, settings).run(names, newSalt(), StartIds.random(settings));
  }

  private StateFile.@Nullable Read state(Set<String> names) throws IOException {
    if (!names.contains(StateFile.NAME)) {
      return null;
    }
    try {
      return small(StateFile.NAME, new StateFile(folder)::read);
    } catch (DamagedException e) {
      say("the state file is damaged: " + e.getMessage());
      return null;
    }
  }

  private void deleteOthers(Manifest manifest) throws IOException {
    Set<String> kept = new HashSet<>();
    for (Entry one : manifest.segments()) {
      kept.add(SegmentHeader.logName(one.number()));
      if (one.sealed()) {
        kept.add(SegmentHeader.indexName(one.number()));
      }
    }
    for (String name : folder.list()) {
      if (OURS.matcher(name).matches() && !kept.contains(name)) {
        folder.delete(name);
      }
    }
  }

  // ---- the clock, the keys

  private Salt newSalt() {
    return new Salt(settings.random().nextLong(), settings.random().nextLong());
  }

  /// Where the log's own clock goes on: both what the state file and the last publication say, with
  /// the time since; the latest of all. A new log's begins at the wall clock's: what a record says
  /// of its age is short while the two are close.
  private long age(StateFile.@Nullable Read state, long lastAge, Tail tail) {
    long now = settings.wall().millis();
    long age = lastAge == 0 ? now : lastAge;
    if (tail.lastTime() > 0) {
      age = Math.max(age, tail.ageThen() + Math.max(0, now - tail.lastTime()));
    }
    if (state != null) {
      State is = state.state();
      age = Math.max(age, is.age() + Math.max(0, now - is.wall()));
    }
    return age;
  }

  private List<StoredRecord> keyed(Tail tail, SealedOpener opener, long now) {
    List<StoredRecord> all = new ArrayList<>(tail.keyed());
    long since = now - settings.keyWindow().toMillis();
    all.addAll(opener.keyed(since, settings.maxKeys() - all.size()));
    all.removeIf(record -> record.age() < since);
    all.sort(Comparator.comparingLong(StoredRecord::offset));
    return all.size() <= settings.maxKeys()
        ? all
        : all.subList(all.size() - settings.maxKeys(), all.size());
  }
}
