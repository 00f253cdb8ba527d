package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whether each record of a channel that keeps a history names the one before it, and counts on
/// from it. What compaction let go is not missed: only the oldest of a channel go.
final class Chains {
  private final StoredLog log;
  private final Spot spot = new Spot();
  private final List<Known> before = new ArrayList<>();
  private final Map<String, Link> links = new HashMap<>();

  /// The last record of a channel in the segment that is read.
  private record Link(long offset, long seq, long cum) {}

  /// A segment that was read, or could not be.
  ///
  /// @param index what it has, in memory, or null if `sealed` has it
  /// @param isWhole whether everything of it is known
  private record Known(
      @Nullable SealedSegment sealed, @Nullable SegmentIndex index, boolean isWhole) {
    @Nullable Run run(String channel) throws IOException {
      return sealed != null ? sealed.run(channel) : index == null ? null : index.channel(channel);
    }
  }

  Chains(StoredLog log) {
    this.log = log;
  }

  /// The next record.
  ///
  /// @param damaged up to which offset bytes before it may have had records, or 0
  /// @return what is wrong, or null
  @Nullable String next(StoredRecord record, long damaged) throws IOException {
    if (record.publication() == null) {
      return null;
    }
    if (record.keyed()) {
      links.remove(record.channel());
      return null;
    }
    int weight = record.publication().weight();
    Link link = links.get(record.channel());
    var now = new Link(record.offset(), record.seq(), record.cum());
    boolean isFirst = link == null;
    links.put(record.channel(), now);
    if (record.fresh() || record.prev() == 0) {
      return null;
    }
    if (isFirst) {
      link = find(record.channel());
    }
    if (link == null) {
      return null;
    }
    if (link.offset == record.prev()) {
      return link.seq + 1 != record.seq() || link.cum + weight != record.cum()
          ? "it does not count on from the record before it, at %d".formatted(link.offset)
          : null;
    }
    if (link.offset > record.prev()) {
      return "it names %d as the record before it, which is %d"
          .formatted(record.prev(), link.offset);
    }
    return record.prev() <= damaged || isKnownHole(record.prev())
        ? null
        : "the record before it, at %d, is missing; %d is the last that is there"
            .formatted(record.prev(), link.offset);
  }

  private boolean isKnownHole(long offset) {
    return log.manifest().holes().stream()
        .anyMatch(one -> one.from() < offset && offset <= one.to());
  }

  /// The last record of a channel in earlier segments; null if there is none, or it is not known.
  private @Nullable Link find(String channel) throws IOException {
    for (Known one : before.reversed()) {
      try {
        Run run = one.run(channel);
        if (run != null && run.size() > 0) {
          if (run.keyed()) {
            return null;
          }
          run.spot(run.size() - 1, spot);
          return new Link(spot.offset, spot.seq, spot.cum);
        }
      } catch (DamagedException e) {
        return null;
      }
      if (!one.isWhole) {
        return null;
      }
    }
    return null;
  }

  /// The segment ends.
  ///
  /// @param index what it has; kept if it has no index in a file
  void end(StoredSegment segment, @Nullable SegmentIndex index, boolean isWhole) {
    links.clear();
    SealedSegment sealed = segment.sealed();
    before.add(new Known(sealed, sealed == null ? index : null, isWhole));
  }
}
