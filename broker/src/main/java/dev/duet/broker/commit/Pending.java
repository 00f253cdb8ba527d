package dev.duet.broker.commit;

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
public final class Pending<A extends Append> {
  private final ArrayDeque<A> queue = new ArrayDeque<>();
  private final Map<String, Tentative<A>> overlay = new HashMap<>();
  private long bytes;

  /// The name of a key: none is the key "".
  public static String key(@Nullable String key) {
    return key == null ? "" : key;
  }

  /// What the pending appends of one channel make of it.
  public static final class Tentative<A extends Append> {
    private final Map<String, A> byKey = new HashMap<>(4);
    private A last;
    private @Nullable A end;
    private int count;
    private int evictions;
    private long relief;

    private Tentative(A first) {
      this.last = first;
    }

    /// The last append.
    public A last() {
      return last;
    }

    /// The one that ends the channel.
    public @Nullable A end() {
      return end;
    }

    /// The last one of a key.
    public @Nullable A of(String key) {
      return byKey.get(key);
    }

    /// How many are tombstones of the log's own.
    public int evictions() {
      return evictions;
    }

    /// The weight that those take away.
    public long relief() {
      return relief;
    }
  }

  /// Whether nothing waits.
  public boolean isEmpty() {
    return queue.isEmpty();
  }

  /// How many wait.
  public int size() {
    return queue.size();
  }

  /// The weight of those that wait.
  public long bytes() {
    return bytes;
  }

  /// What those of a channel make of it, or null if none waits.
  public @Nullable Tentative<A> of(String channel) {
    return overlay.get(channel);
  }

  /// Takes one in, as the last.
  public void add(A append) {
    Publication publication = append.publication();
    queue.add(append);
    bytes += publication.weight();
    Tentative<A> tentative =
        overlay.computeIfAbsent(publication.channel(), channel -> new Tentative<>(append));
    tentative.count++;
    tentative.last = append;
    tentative.byKey.put(key(publication.key()), append);
    tentative.relief += append.relief();
    if (append.isOwn()) {
      tentative.evictions++;
    }
    if (publication.end()) {
      tentative.end = append;
    }
  }

  /// The first ones, at most `most` and, after the first, at most `maxBytes` of weight.
  public List<A> first(int most, long maxBytes) {
    var first = new ArrayList<A>(Math.min(most, queue.size()));
    long sum = 0;
    for (A append : queue) {
      sum += append.publication().weight();
      if (first.size() == most || (sum > maxBytes && !first.isEmpty())) {
        break;
      }
      first.add(append);
    }
    return first;
  }

  /// Takes the first one out, to be committed.
  public @Nullable A poll() {
    @Nullable A append = queue.poll();
    if (append == null) {
      return null;
    }
    Publication publication = append.publication();
    bytes -= publication.weight();
    Tentative<A> tentative = overlay.get(publication.channel());
    if (tentative == null || --tentative.count == 0) {
      overlay.remove(publication.channel());
      return append;
    }
    tentative.byKey.remove(key(publication.key()), append);
    tentative.relief -= append.relief();
    if (append.isOwn()) {
      tentative.evictions--;
    }
    return append;
  }

  /// Takes all out, as failed.
  public List<A> clear() {
    var all = new ArrayList<>(queue);
    queue.clear();
    overlay.clear();
    bytes = 0;
    return all;
  }
}
