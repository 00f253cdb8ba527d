package dev.duet.broker.disk.store;

import dev.duet.broker.LogIds;
import dev.duet.broker.disk.store.Manifest.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A manifest that is lost, made anew from the segments that are there: every one is read as a
/// whole. What the lost one knew of ids, floors and holes is gone, so the log has a new id.
final class Rebuild {
  private final Recovery recovery;
  private final Folder folder;
  private final StoreSettings settings;

  Rebuild(Recovery recovery, Folder folder, StoreSettings settings) {
    this.recovery = recovery;
    this.folder = folder;
    this.settings = settings;
  }

  /// One file.
  ///
  /// @param last the offset of its last record
  /// @param cut where its records end that another file does not have, or -1
  /// @param bytes where its records end
  private record Found(long number, long base, long last, long cut, long bytes) {}

  /// @param salt if no file says what it was
  /// @throws IOException if a file is there and cannot be opened, or nothing of it can be read
  Manifest run(Set<String> names, Salt salt, String id) throws IOException {
    List<Long> numbers = new ArrayList<>();
    for (String name : names) {
      var matcher = Recovery.DATA.matcher(name);
      if (matcher.matches()) {
        numbers.add(Long.parseLong(matcher.group(1)));
      }
    }
    Salt known = salt(numbers, salt);
    List<Found> found = new ArrayList<>();
    for (long number : numbers) {
      Found one = read(number, known, Long.MAX_VALUE);
      if (one != null) {
        found.add(one);
      }
    }
    for (String name : names) {
      if (name.endsWith(".index")) {
        folder.delete(name);
      }
    }
    List<Entry> entries = cover(found, known);
    long position = Math.max(settings.wall().millis() * 1000, 0);
    for (Entry one : entries) {
      position = Math.max(position, one.last());
    }
    return Manifest.empty(known, LogIds.of(id)).withSegments(entries).withPosition(position);
  }

  private Salt salt(List<Long> numbers, Salt otherwise) {
    for (long number : numbers) {
      try (StoredFile file = folder.open(SegmentHeader.logName(number), false)) {
        return SegmentHeader.read(file).salt();
      } catch (IOException e) {
        // Another file may say it.
        continue;
      }
    }
    return otherwise;
  }

  /// @param upTo records with larger offsets are cut off
  private @Nullable Found read(long number, Salt salt, long upTo) throws IOException {
    String name = SegmentHeader.logName(number);
    try (StoredFile file = folder.open(name, false)) {
      long base = 0;
      try {
        base = SegmentHeader.read(file).base();
      } catch (IOException e) {
        recovery.say(name + ": " + IoReason.of(e));
      }
      var scanner =
          new RecordScanner(new RecordCodec(salt), file, SegmentHeader.BYTES, file.size(), base);
      StoredRecord record = scanner.next();
      if (record == null) {
        if (file.size() > SegmentHeader.BYTES) {
          aside(name);
        }
        return null;
      }
      if (base == 0) {
        base = record.offset() - 1;
      }
      long last = base;
      long cut = -1;
      while (record != null) {
        if (record.offset() > upTo) {
          cut = scanner.position();
          break;
        }
        last = record.offset();
        record = scanner.next();
      }
      return new Found(number, base, last, cut, cut < 0 ? file.size() : cut);
    } catch (IOException e) {
      throw Recovery.refused(name, e);
    }
  }

  /// Keeps a file of which nothing can be made use of.
  private void aside(String name) throws IOException {
    String kept = name + ".unreadable";
    folder.rename(name, kept);
    recovery.say(name + " has no record that can be read; it is kept as " + kept);
  }

  /// Segments that overlap (a rewrite that was not finished, what was rescued after a failed sync):
  /// those that reach furthest are taken, and cut where the next one begins.
  private List<Entry> cover(List<Found> found, Salt salt) throws IOException {
    List<Found> sorted = new ArrayList<>(found);
    sorted.sort(Comparator.comparingLong(Found::base).thenComparingLong(one -> -one.last));
    List<Found> taken = new ArrayList<>();
    for (Found one : sorted) {
      Found before = taken.isEmpty() ? null : taken.getLast();
      if (before != null && one.last <= before.last) {
        continue;
      }
      if (before != null && before.last > one.base) {
        taken.removeLast();
        Found cut = read(before.number, salt, one.base);
        if (cut != null && cut.last > cut.base) {
          taken.add(cut);
        }
      }
      taken.add(one);
    }
    List<Entry> entries = new ArrayList<>();
    for (Found one : taken) {
      entries.add(new Entry(one.number, one.base, one.last, true, one.cut, one.bytes));
    }
    return entries;
  }
}
