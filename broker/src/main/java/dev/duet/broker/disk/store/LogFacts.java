package dev.duet.broker.disk.store;

import dev.duet.broker.LogIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a log on disk is made of.
///
/// @param name `os` or `disk`
/// @param ids the present id and those that it had
/// @param condition how its last run ended
/// @param position no offset was told that is larger, as far as the files say
/// @param epochs the namespaces of the directory since its beginning, oldest first
/// @param floors per pattern: the horizon of a channel of which nothing is known
/// @param holes what cannot be read
/// @param segments in log order
public record LogFacts(
    String name,
    LogIds ids,
    StoredLog.Condition condition,
    long position,
    List<Epoch> epochs,
    Map<String, Long> floors,
    List<Hole> holes,
    List<Segment> segments) {
  /// One segment.
  ///
  /// @param number of its files
  /// @param sealed whether nothing is added any more
  /// @param first offset of the first record, or 0 if there is none
  /// @param last offset of the last one, or 0
  /// @param records how many
  /// @param channels that they belong to
  /// @param dataBytes of the records
  /// @param indexBytes of the index's file
  /// @param troubles what was found wrong on opening it
  public record Segment(
      long number,
      boolean sealed,
      long first,
      long last,
      long records,
      long channels,
      long dataBytes,
      long indexBytes,
      List<StoredSegment.Trouble> troubles) {
    public Segment {
      troubles = List.copyOf(troubles);
    }
  }

  public LogFacts {
    epochs = List.copyOf(epochs);
    floors = Map.copyOf(floors);
    holes = List.copyOf(holes);
    segments = List.copyOf(segments);
  }

  /// Bytes of all files of segments.
  public long bytes() {
    return segments.stream().mapToLong(one -> one.dataBytes + one.indexBytes).sum();
  }

  /// Records in all segments.
  public long records() {
    return segments.stream().mapToLong(Segment::records).sum();
  }

  /// Reads them: of a sealed segment the end of its index and its first record, of others all.
  public static LogFacts of(StoredLog log) throws IOException {
    List<Segment> segments = new ArrayList<>();
    long position = log.manifest().position();
    for (StoredSegment one : log.segments()) {
      Segment facts = of(one);
      segments.add(facts);
      position = Math.max(position, facts.last);
    }
    Manifest manifest = log.manifest();
    return new LogFacts(
        log.durability().text(),
        manifest.ids(),
        log.condition(),
        position,
        manifest.epochs(),
        manifest.floors(),
        manifest.holes(),
        segments);
  }

  private static Segment of(StoredSegment segment) throws IOException {
    long number = segment.entry().number();
    RecordScanner scanner = segment.scan();
    SealedSegment sealed = segment.sealed();
    if (sealed != null && scanner != null) {
      StoredRecord first = scanner.next();
      return new Segment(
          number,
          true,
          first == null ? 0 : first.offset(),
          sealed.last(),
          sealed.records(),
          sealed.channels(),
          sealed.end(),
          sealed.bytes() - sealed.end(),
          segment.troubles());
    }
    long first = 0;
    long last = 0;
    long end = Math.min(segment.size(), SegmentHeader.BYTES);
    long records = 0;
    var index = new SegmentIndex(new SipHash(segment.header().salt()), segment.base());
    while (scanner != null) {
      StoredRecord record = scanner.next();
      if (record == null) {
        break;
      }
      index.add(record, scanner.position());
      records++;
      first = first == 0 ? record.offset() : first;
      last = record.offset();
      end = scanner.position() + record.length();
    }
    return new Segment(
        number,
        segment.entry().sealed(),
        first,
        last,
        records,
        index.channels().size(),
        end,
        0,
        segment.troubles());
  }
}
