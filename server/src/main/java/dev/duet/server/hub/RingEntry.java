package dev.duet.server.hub;

import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A publication in a [Ring] with its frames. Holds one reference to each frame until it is evicted
/// and gives further ones out. Any thread.
final class RingEntry {
  /// Frames kept per entry: the wire forms in common use at once. A frame beyond that is made for
  /// its reader alone.
  private static final int MAX_FRAMES = 4;

  final long sequence;
  final @Nullable Publication publication;
  final long offset;

  /// The channel's entry before this one that was in the ring when this came: sequence, or 0.
  final long previous;

  final long previousOffset;

  /// The channel's entry after this one: sequence, or 0 if none came yet.
  volatile long next;

  /// Where the latest per key is kept: the newest entry of each key that is in the ring, one map
  /// for all entries of the channel. The writer's.
  final @Nullable Map<String, RingEntry> keys;

  /// Offset of the entry that has taken this one's place as the latest of its key, 0 if none has.
  private volatile long overwrittenAt;

  private final FrameRoom room;
  private @Nullable Frame frames;
  private int frameCount;
  private boolean evicted;

  private record Frame(Wire wire, String cursor, ByteBuf bytes, @Nullable Frame next) {}

  /// @param keys as in [#keys], null where all are kept
  RingEntry(
      long sequence,
      Publication publication,
      @Nullable RingEntry previous,
      @Nullable Map<String, RingEntry> keys,
      FrameRoom room) {
    this.keys = keys;
    this.room = room;
    this.sequence = sequence;
    this.publication = publication;
    this.offset = publication.offset();
    this.previous = previous == null ? 0 : previous.sequence;
    this.previousOffset = previous == null ? 0 : previous.offset;
  }

  /// A marker: announcements up to `offset` were missed.
  RingEntry(long sequence, long offset, FrameRoom room) {
    this.keys = null;
    this.room = room;
    this.sequence = sequence;
    this.publication = null;
    this.offset = offset;
    this.previous = 0;
    this.previousOffset = 0;
  }

  Publication publication() {
    if (publication == null) {
      throw new IllegalStateException("a marker");
    }
    return publication;
  }

  private String key() {
    String key = publication().key();
    return key == null ? "" : key;
  }

  /// It is the latest of its key from now on. The writer's, before the tail moves to it.
  void overwrite() {
    if (keys != null) {
      RingEntry before = keys.put(key(), this);
      if (before != null) {
        before.overwrittenAt = offset;
      }
    }
  }

  /// Whether nobody who is behind needs it: another of its key follows up to `upTo`. The last one
  /// of a channel that ends is needed always.
  boolean isOverwritten(long upTo) {
    long at = overwrittenAt;
    return at > 0 && at <= upTo && !publication().end();
  }

  int weight() {
    return publication == null ? 64 : publication.weight();
  }

  /// The frame for a wire form and cursor, made if need be. The caller owns a reference. It is made
  /// outside the lock, so that the announcer who evicts never waits for it; two loops may make it
  /// at once.
  ByteBuf frame(Wire wire, String cursor) {
    ByteBuf known = find(wire, cursor);
    if (known != null) {
      return known;
    }
    ByteBuf bytes = wire.publicationFrame(publication(), cursor);
    keep(wire, cursor, bytes);
    return bytes;
  }

  private synchronized @Nullable ByteBuf find(Wire wire, String cursor) {
    for (Frame frame = frames; frame != null; frame = frame.next) {
      if (frame.wire == wire && frame.cursor.equals(cursor)) {
        return frame.bytes.retain();
      }
    }
    return null;
  }

  private synchronized void keep(Wire wire, String cursor, ByteBuf bytes) {
    if (!evicted && frameCount < MAX_FRAMES && room.take(bytes.capacity())) {
      frames = new Frame(wire, cursor, bytes.retain(), frames);
      frameCount++;
    }
  }

  /// Lets the frames go: the owner of the references is the ring.
  synchronized void evict() {
    evicted = true;
    if (keys != null) {
      keys.remove(key(), this);
    }
    for (Frame frame = frames; frame != null; frame = frame.next) {
      room.giveBack(frame.bytes.capacity());
      frame.bytes.release();
    }
    frames = null;
  }
}
