package dev.duet.broker.disk.store;

import dev.duet.broker.LogIds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which files make a log, and what is known of it beside its records. Immutable; replaced as a
/// whole, see `ManifestFile` for its form on disk.
///
/// @param salt the log's secret
/// @param ids the present id and those that it had
/// @param position the log's position is at least this
/// @param epochs the namespaces of the directory since its beginning, oldest first
/// @param floors per pattern: the horizon of a channel of which nothing is known
/// @param holes what cannot be read, apart and in order
/// @param segments in log order
public record Manifest(
    Salt salt,
    LogIds ids,
    long position,
    List<Epoch> epochs,
    Map<String, Long> floors,
    List<Hole> holes,
    List<Entry> segments) {
  /// A segment.
  ///
  /// @param number of its files
  /// @param base every record's offset is larger; -1 of one that was made ready and had not begun
  /// @param last the last offset that it stands for, -1 if it was never sealed; a rewrite may have
  ///     let its last records go
  /// @param sealed whether nothing will be added and it has an index
  /// @param end bytes of its file that are valid, for ever; -1 if it was not cut short
  /// @param bytes where the records of a sealed one end in its file: a file that is shorter lost
  ///     some; -1 if that is not known
  public record Entry(long number, long base, long last, boolean sealed, long end, long bytes) {
    static Entry open(long number, long base) {
      return new Entry(number, base, -1, false, -1, -1);
    }

    static Entry sealed(long number, long base, long last, long bytes) {
      return new Entry(number, base, last, true, -1, bytes);
    }

    Entry lastingTo(long offset) {
      return new Entry(number, base, offset, sealed, end, bytes);
    }

    Entry endedAt(long bytes) {
      return new Entry(number, base, last, sealed, bytes, this.bytes);
    }
  }

  public Manifest {
    epochs = List.copyOf(epochs);
    floors = Map.copyOf(floors);
    holes = List.copyOf(holes);
    segments = List.copyOf(segments);
  }

  /// The manifest of a log that has nothing.
  static Manifest empty(Salt salt, LogIds ids) {
    return new Manifest(salt, ids, 0, List.of(), Map.of(), List.of(), List.of());
  }

  /// The largest number of a file, or 0.
  long lastNumber() {
    return segments.stream().mapToLong(Entry::number).max().orElse(0);
  }

  /// The entry of a file, or null.
  @Nullable Entry entry(long number) {
    for (Entry one : segments) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  Manifest withIds(LogIds other) {
    return new Manifest(salt, other, position, epochs, floors, holes, segments);
  }

  Manifest withPosition(long other) {
    return new Manifest(salt, ids, Math.max(position, other), epochs, floors, holes, segments);
  }

  Manifest withSegments(List<Entry> other) {
    return new Manifest(salt, ids, position, epochs, floors, holes, other);
  }

  /// With one entry more, the last.
  Manifest withSegment(Entry entry) {
    List<Entry> all = new ArrayList<>(segments);
    all.add(entry);
    return withSegments(all);
  }

  /// With other entries in the place of those of some numbers, which are neighbours; those that
  /// follow were made ready and have not begun, if there are no such numbers.
  Manifest withReplaced(List<Long> numbers, List<Entry> entries) {
    List<Entry> all = new ArrayList<>();
    boolean done = false;
    for (Entry one : segments) {
      if (!numbers.contains(one.number)) {
        all.add(one);
      } else if (!done) {
        all.addAll(entries);
        done = true;
      }
    }
    if (!done) {
      throw new IllegalArgumentException("segments " + numbers + " are not in the manifest");
    }
    return withSegments(all);
  }

  /// With another entry in the place of the one of the same number.
  Manifest withEntry(Entry entry) {
    return withSegments(
        segments.stream().map(one -> one.number == entry.number ? entry : one).toList());
  }

  /// With more holes.
  Manifest withHoles(List<Hole> more) {
    Manifest next = this;
    for (Hole hole : more) {
      next = next.withHole(hole);
    }
    return next;
  }

  /// With one hole more, joined with those that it touches.
  Manifest withHole(Hole hole) {
    long from = hole.from();
    long to = hole.to();
    List<Hole> joined = new ArrayList<>();
    for (Hole one : holes) {
      if (one.to() < from || one.from() > to) {
        joined.add(one);
      } else {
        from = Math.min(from, one.from());
        to = Math.max(to, one.to());
      }
    }
    joined.add(new Hole(from, to));
    joined.sort((a, b) -> Long.compare(a.from(), b.from()));
    return new Manifest(salt, ids, position, epochs, floors, joined, segments);
  }

  /// With one hole in the place of all that end before anything that is left begins: nothing lies
  /// between them, so readers are told the same.
  Manifest withOldHolesJoined() {
    long base = segments.isEmpty() ? position : segments.getFirst().base();
    List<Hole> old = holes.stream().filter(one -> one.to() <= base).toList();
    return old.size() < 2 ? this : withHole(new Hole(old.getFirst().from(), old.getLast().to()));
  }

  /// With floors that are at least these.
  Manifest withFloors(Map<String, Long> raised) {
    Map<String, Long> all = new LinkedHashMap<>(floors);
    raised.forEach((pattern, floor) -> all.merge(pattern, floor, Math::max));
    return new Manifest(salt, ids, position, epochs, all, holes, segments);
  }

  Manifest withEpochs(List<Epoch> other) {
    return new Manifest(salt, ids, position, other, floors, holes, segments);
  }
}
