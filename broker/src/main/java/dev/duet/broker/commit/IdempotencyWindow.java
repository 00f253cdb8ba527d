package dev.duet.broker.commit;

import dev.duet.protocol.Draft;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The idempotency keys of the last while, oldest first, with the offsets they stand for.
/// Independent of what is held: a key outlives its record. Guarded by the log's lock.
///
/// Whether two drafts are the same is told from 64 bits over payload and names and the payload's
/// length, so that an entry costs about 150 bytes whatever the payload was.
public final class IdempotencyWindow {
  private final Map<Entry, Entry> entries = new LinkedHashMap<>();
  private final long nanos;
  private final int most;

  /// @param nanos how long a key is kept
  /// @param most how many are
  public IdempotencyWindow(long nanos, int most) {
    this.nanos = nanos;
    this.most = most;
  }

  /// A key that was used, and equal to another of the same channel and text.
  public static final class Entry implements Comparable<Entry> {
    private final String channel;
    private final String key;
    private final long print;
    private final long offset;
    private final long tick;
    private @Nullable Append pending;

    /// @param channel its scope
    /// @param key as the publisher said it
    /// @param print what a second try must have in common with the first
    /// @param offset of the first
    /// @param tick when that was, in nanoseconds of the monotonic clock
    public Entry(String channel, String key, long print, long offset, long tick) {
      this.channel = channel;
      this.key = key;
      this.print = print;
      this.offset = offset;
      this.tick = tick;
    }

    /// The append that uses it, or null once that is committed.
    public @Nullable Append pending() {
      return pending;
    }

    /// It waits for the commit of `append`.
    public void awaits(Append append) {
      pending = append;
    }

    /// Its append is committed.
    public void committed() {
      pending = null;
    }

    /// What a second try must have in common with the first.
    public long print() {
      return print;
    }

    /// Of the first.
    public long offset() {
      return offset;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Entry that && key.equals(that.key) && channel.equals(that.channel);
    }

    @Override
    public int hashCode() {
      return channel.hashCode() * 31 + key.hashCode();
    }

    /// Lets the map stay fast where somebody chose keys with the same hash.
    @Override
    public int compareTo(Entry other) {
      int order = key.compareTo(other.key);
      return order != 0 ? order : channel.compareTo(other.channel);
    }
  }

  /// What a second try must have in common with the first.
  public static long print(Draft draft) {
    var crc = new CRC32C();
    crc.update(draft.data());
    int names =
        Objects.hash(
            draft.type().name(),
            draft.data().length,
            Objects.requireNonNullElse(draft.event(), ""),
            Pending.key(draft.key()),
            Objects.requireNonNullElse(draft.from(), ""),
            draft.deleted(),
            draft.end());
    return (crc.getValue() << 32 | (Arrays.hashCode(draft.data()) & 0xffff_ffffL))
        + names * 0x9e37_79b9_7f4a_7c15L;
  }

  /// The use of a key within the window.
  public @Nullable Entry find(String channel, String key, long tick) {
    Entry entry = entries.get(new Entry(channel, key, 0, 0, 0));
    return entry == null || isOver(entry, tick) ? null : entry;
  }

  /// Takes a use in, as the newest.
  public void add(Entry entry) {
    entries.remove(entry);
    entries.put(entry, entry);
    expire(entry.tick, 4);
  }

  /// Takes back what an append that failed had added.
  public void remove(Entry entry) {
    entries.remove(entry, entry);
  }

  /// Forgets up to `budget` keys whose time has passed; whether that was not enough.
  public boolean expire(long tick, int budget) {
    Iterator<Entry> oldest = entries.values().iterator();
    for (int i = 0; oldest.hasNext(); i++) {
      Entry entry = oldest.next();
      if (!isOver(entry, tick) && (entries.size() <= most || entry.pending != null)) {
        return false;
      }
      if (i == budget) {
        return true;
      }
      oldest.remove();
    }
    return false;
  }

  /// How many keys are remembered.
  public int size() {
    return entries.size();
  }

  private boolean isOver(Entry entry, long tick) {
    return entry.pending == null && tick - entry.tick > nanos;
  }
}
