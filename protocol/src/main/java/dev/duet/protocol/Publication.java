package dev.duet.protocol;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One committed publication. Immutable; `data` is shared and never changed by anybody.
public final class Publication implements Item {
  private final String channel;
  private final long offset;
  private final long time;
  private final PayloadType type;
  private final byte[] data;
  private final @Nullable String event;
  private final @Nullable String key;
  private final @Nullable String from;
  private final boolean deleted;
  private final boolean end;

  /// @param channel a legal channel name
  /// @param offset position in the channel's log, 1 to [Cursor#MAX_OFFSET]
  /// @param time when it was appended, milliseconds since 1970
  /// @param draft the rest
  public Publication(String channel, long offset, long time, Draft draft) {
    this.channel = channel;
    this.offset = Cursor.checkOffset(offset);
    this.time = time;
    this.type = draft.type();
    this.data = draft.data();
    this.event = draft.event();
    this.key = draft.key();
    this.from = draft.from();
    this.deleted = draft.deleted();
    this.end = draft.end();
  }

  @Override
  public String channel() {
    return channel;
  }

  /// Its position in the log of its channel, 1 to [Cursor#MAX_OFFSET].
  public long offset() {
    return offset;
  }

  /// When it was appended, milliseconds since 1970.
  public long time() {
    return time;
  }

  /// What the bytes of [#data()] are.
  public PayloadType type() {
    return type;
  }

  /// The payload; not to be changed.
  public byte[] data() {
    return data;
  }

  /// The name of the event, or null.
  public @Nullable String event() {
    return event;
  }

  /// The key on a channel that keeps the latest publication per key; null stands for "".
  public @Nullable String key() {
    return key;
  }

  /// The user who published it, set by the server from an authenticated token only.
  public @Nullable String from() {
    return from;
  }

  /// Whether this is a tombstone: its key is deleted.
  public boolean deleted() {
    return deleted;
  }

  /// Whether this is the last one of its channel.
  public boolean end() {
    return end;
  }

  /// Bytes that it counts for in every bound on bytes: payload, names, and 64 for the rest.
  public int weight() {
    return 64
        + data.length
        + (event == null ? 0 : event.length())
        + (key == null ? 0 : key.length())
        + (from == null ? 0 : from.length());
  }

  /// The same in everything that a reader can see.
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof Publication that
            && offset == that.offset
            && time == that.time
            && deleted == that.deleted
            && end == that.end
            && type == that.type
            && channel.equals(that.channel)
            && Arrays.equals(data, that.data)
            && Objects.equals(event, that.event)
            && Objects.equals(key, that.key)
            && Objects.equals(from, that.from));
  }

  @Override
  public int hashCode() {
    return Long.hashCode(offset);
  }

  @Override
  public String toString() {
    return channel + "@" + offset + (deleted ? " tombstone" : "") + (end ? " end" : "");
  }
}
