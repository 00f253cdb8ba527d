package dev.duet.broker.memory;

import dev.duet.protocol.Publication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The appends that are not committed, and what channels will be once they are. Guarded by the
/// log's lock.
///
/// Appends commit from the front and fail all at once. So what they change in tails, keys and ends
/// is an overlay over the committed state: committing takes an append out of it, failing empties
/// it, and nothing has to be undone.
final class Pending {
  private final ArrayDeque<Append> queue = new ArrayDeque<>();
  private final Map<String, Tentative> overlay = new HashMap<>();
  private long bytes;

  /// What the pending appends of one channel make of it.
  static final class Tentative {
    private final Map<String, Append> byKey = new HashMap<>(4);
    private Append last;
    private @Nullable Append end;
    private @Nullable Append lastOwn;
    private int count;
    private int evictions;
    private long relief;

    private Tentative(Append first) {
      this.last = first;
    }

    /// The last append.
    Append last() {
      return last;
    }

    /// The one that ends the channel.
    @Nullable Append end() {
      return end;
    }

    /// The last one of a key.
    @Nullable Append of(String key) {
      return byKey.get(key);
    }

    /// The last tombstone of the log's own.
    @Nullable Append lastOwn() {
      return lastOwn;
    }

    /// How many are tombstones of the log's own.
    int evictions() {
      return evictions;
    }

    /// The weight that those take away.
    long relief() {
      return relief;
    }
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  int size() {
    return queue.size();
  }

  long bytes() {
    return bytes;
  }

  @Nullable Tentative of(String channel) {
    return overlay.get(channel);
  }

  void add(Append append) {
    Publication publication = append.publication();
    queue.add(append);
    bytes += publication.weight();
    Tentative tentative =
        overlay.computeIfAbsent(publication.channel(), channel -> new Tentative(append));
    tentative.count++;
    tentative.last = append;
    tentative.byKey.put(KeyedState.key(publication), append);
    tentative.relief += append.relief();
    if (append.isOwn()) {
      tentative.evictions++;
      tentative.lastOwn = append;
    }
    if (publication.end()) {
      tentative.end = append;
    }
  }

  /// Takes the first one out, to be committed.
  @Nullable Append poll() {
    Append append = queue.poll();
    if (append == null) {
      return null;
    }
    Publication publication = append.publication();
    bytes -= publication.weight();
    Tentative tentative = overlay.get(publication.channel());
    if (tentative == null || --tentative.count == 0) {
      overlay.remove(publication.channel());
      return append;
    }
    tentative.byKey.remove(KeyedState.key(publication), append);
    tentative.relief -= append.relief();
    if (append.isOwn()) {
      tentative.evictions--;
    }
    return append;
  }

  /// Takes all out, as failed.
  List<Append> clear() {
    var all = new ArrayList<>(queue);
    queue.clear();
    overlay.clear();
    bytes = 0;
    return all;
  }
}
