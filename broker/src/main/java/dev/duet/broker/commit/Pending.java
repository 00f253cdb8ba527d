package dev.duet.broker.commit;

import dev.duet.protocol.Publication;
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
  private final Map<String, Tentative<A>> overlay = new HashMap<>();
  private @Nullable A first;
  private @Nullable A last;
  private int size;
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
    return size == 0;
  }

  /// How many wait.
  public int size() {
    return size;
  }

  /// The weight of those that wait.
  public long bytes() {
    return bytes;
  }

  /// What those of a channel make of it, or null if none waits.
  public @Nullable Tentative<A> of(String channel) {
    return overlay.get(channel);
  }

  /// Takes one in, as the last. Nothing has changed if this throws.
  public void add(A append) {
    Publication publication = append.publication();
    Tentative<A> tentative = tentative(publication, append);
    tentative.count++;
    tentative.last = append;
    tentative.relief += append.relief();
    if (append.isOwn()) {
      tentative.evictions++;
    }
    if (publication.end()) {
      tentative.end = append;
    }
    if (last == null) {
      first = append;
    } else {
      last.next = append;
    }
    last = append;
    size++;
    bytes += publication.weight();
  }

  private Tentative<A> tentative(Publication publication, A append) {
    Tentative<A> tentative = overlay.get(publication.channel());
    String key = key(publication.key());
    try {
      if (tentative == null) {
        tentative = new Tentative<>(append);
        overlay.put(publication.channel(), tentative);
      }
      tentative.byKey.put(key, append);
      return tentative;
    } catch (RuntimeException | Error e) {
      // A table that could not grow has it already.
      if (tentative == null || tentative.count == 0) {
        overlay.remove(publication.channel());
      } else {
        tentative.byKey.remove(key, append);
      }
      throw e;
    }
  }

  @SuppressWarnings("unchecked") // only those are linked that were added
  private static <A extends Append> @Nullable A next(A append) {
    return (A) append.next;
  }

  /// The first ones, at most `most` and, after the first, at most `maxBytes` of weight.
  public List<A> first(int most, long maxBytes) {
    var some = new ArrayList<A>(Math.min(most, size));
    long sum = 0;
    for (A append = first; append != null; append = next(append)) {
      sum += append.publication().weight();
      if (some.size() == most || (sum > maxBytes && !some.isEmpty())) {
        break;
      }
      some.add(append);
    }
    return some;
  }

  /// Those after the first `count`.
  public List<A> after(int count) {
    var some = new ArrayList<A>(Math.max(0, size - count));
    int place = 0;
    for (A append = first; append != null; append = next(append)) {
      if (place++ >= count) {
        some.add(append);
      }
    }
    return some;
  }

  /// Takes the first one out, to be committed. Allocates nothing.
  public @Nullable A poll() {
    A append = first;
    if (append == null) {
      return null;
    }
    first = next(append);
    append.next = null;
    if (first == null) {
      last = null;
    }
    takeOut(append);
    return append;
  }

  private void takeOut(A append) {
    Publication publication = append.publication();
    size--;
    bytes -= publication.weight();
    Tentative<A> tentative = overlay.get(publication.channel());
    if (tentative == null || --tentative.count == 0) {
      overlay.remove(publication.channel());
      return;
    }
    tentative.byKey.remove(key(publication.key()), append);
    tentative.relief -= append.relief();
    if (append.isOwn()) {
      tentative.evictions--;
    }
    if (tentative.end == append) {
      tentative.end = null;
    }
  }

  /// Takes all out but the first `count`, as failed. Allocates nothing.
  public void keep(int count) {
    A kept = null;
    A append = first;
    for (int i = 0; i < count && append != null; i++) {
      Tentative<A> tentative = overlay.get(append.publication().channel());
      if (tentative != null) {
        tentative.last = append;
        tentative.byKey.put(key(append.publication().key()), append);
      }
      kept = append;
      append = next(append);
    }
    last = kept;
    if (kept == null) {
      first = null;
    } else {
      kept.next = null;
    }
    while (append != null) {
      takeOut(append);
      append = next(append);
    }
  }
}
