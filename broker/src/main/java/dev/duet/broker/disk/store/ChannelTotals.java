package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// What the channels of a log have on disk: reads all indexes, side by side in the order of the
/// hashes of the names, so that it does not matter how many channels there are.
public final class ChannelTotals {
  private static final Comparator<Total> BY_BYTES =
      Comparator.comparingLong(Total::bytes).thenComparing(Total::channel);

  private final PriorityQueue<Source> sources =
      new PriorityQueue<>(
          (a, b) -> {
            int byHash = Long.compareUnsigned(a.hash, b.hash);
            return byHash != 0 ? byHash : a.channel.compareTo(b.channel);
          });
  private final SipHash hash;
  private final int most;
  private final PriorityQueue<Total> largest = new PriorityQueue<>(BY_BYTES);
  private final Spot spot = new Spot();
  private long channels;

  private ChannelTotals(SipHash hash, int most) {
    this.hash = hash;
    this.most = most;
  }

  /// What a channel has. Retention may hold less of it, for that is a question of the moment.
  ///
  /// @param latest whether it keeps the latest per key: overwritten ones do not count
  /// @param records publications
  /// @param bytes of them, as retention counts them
  /// @param tail offset of the last one
  public record Total(String channel, boolean latest, long records, long bytes, long tail) {
    private Total and(Total newer) {
      return new Total(
          channel, newer.latest, records + newer.records, bytes + newer.bytes, newer.tail);
    }
  }

  /// @param channels how many the log has
  /// @param largest the largest of them, the largest first
  public record Totals(long channels, List<Total> largest) {}

  /// One segment, at a channel.
  private final class Source {
    private final int order;
    private final SealedSegment.@Nullable Entries entries;
    private final List<String> names;
    private final @Nullable SegmentIndex index;
    private int next;
    private String channel = "";
    private long hash;
    private @Nullable Run run;

    Source(int order, StoredSegment segment) throws IOException {
      this.order = order;
      SealedSegment sealed = segment.sealed();
      this.entries = sealed == null ? null : sealed.entries();
      this.index = sealed == null ? index(segment) : null;
      this.names = new ArrayList<>();
      if (index != null) {
        names.addAll(index.channels().keySet());
        names.sort(
            (a, b) ->
                Long.compareUnsigned(
                    ChannelTotals.this.hash.hash(a), ChannelTotals.this.hash.hash(b)));
      }
    }

    boolean advance() throws IOException {
      if (entries != null) {
        if (!entries.next()) {
          return false;
        }
        channel = entries.channel();
        run = entries.run();
      } else {
        if (next == names.size() || index == null) {
          return false;
        }
        channel = names.get(next++);
        run = index.channel(channel);
      }
      hash = ChannelTotals.this.hash.hash(channel);
      return true;
    }

    Total total() throws IOException {
      long bytes = 0;
      int size = run == null ? 0 : run.size();
      for (int i = 0; run != null && i < size; i++) {
        run.spot(i, spot);
        bytes += spot.weight;
      }
      return new Total(
          channel, run != null && run.keyed(), size, bytes, size == 0 ? 0 : spot.offset);
    }
  }

  private static @Nullable SegmentIndex index(StoredSegment segment) throws IOException {
    RecordScanner scanner = segment.scan();
    if (scanner == null) {
      return null;
    }
    var index = new SegmentIndex(new SipHash(segment.header().salt()), segment.base());
    for (var record = scanner.next(); record != null; record = scanner.next()) {
      index.add(record, scanner.position());
    }
    index.freeze();
    return index;
  }

  /// Adds them up.
  ///
  /// @param most how many at most
  /// @throws DamagedException if an index is damaged
  public static Totals of(StoredLog log, int most) throws IOException {
    var totals = new ChannelTotals(new SipHash(log.manifest().salt()), most);
    return totals.run(log);
  }

  private Totals run(StoredLog log) throws IOException {
    int order = 0;
    for (StoredSegment segment : log.segments()) {
      put(new Source(order++, segment));
    }
    while (!sources.isEmpty()) {
      next();
    }
    List<Total> sorted = new ArrayList<>(largest);
    sorted.sort(BY_BYTES.reversed());
    return new Totals(channels, sorted);
  }

  private void put(Source source) throws IOException {
    if (source.advance()) {
      sources.add(source);
    }
  }

  private void next() throws IOException {
    List<Source> same = new ArrayList<>();
    Source first = sources.remove();
    same.add(first);
    while (!sources.isEmpty() && sources.peek().channel.equals(first.channel)) {
      same.add(sources.remove());
    }
    same.sort(Comparator.comparingInt(one -> one.order));
    Total sum = null;
    for (Source one : same) {
      Total total = one.total();
      if (total.records > 0) {
        sum = sum == null ? total : sum.and(total);
      }
      put(one);
    }
    if (sum != null) {
      channels++;
      largest.add(sum);
      if (largest.size() > most) {
        largest.remove();
      }
    }
  }
}
