package dev.duet.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Several frames as one buffer, shared by all who are due the same in one turn. Keeps the newest
/// run only: those who are due the same come one after the other. Confined to a loop.
final class Runs {
  private @Nullable Key key;
  private @Nullable ByteBuf run;

  /// The frames of the steps from `first` that are offered as one: all that go into `maxBytes`, or
  /// one.
  ///
  /// @param wire the form
  /// @param steps of one channel, or of several; those of several go one by one, since few readers
  ///     have the same set of channels
  /// @return the buffer, which stays this object's, and how many steps it holds
  Part part(
      List<Step> steps, int first, boolean oneChannel, Wire wire, int maxBytes, LogVector logs) {
    Step begin = steps.get(first);
    ByteBuf frame = begin.frame(wire, logs);
    if (!oneChannel || first + 1 == steps.size()) {
      return new Part(frame, 1);
    }
    var frames = new ArrayList<ByteBuf>(steps.size() - first);
    int bytes = 0;
    for (int i = first; i < steps.size(); i++) {
      frame = steps.get(i).frame(wire, logs);
      bytes += frame.readableBytes();
      if (i > first && bytes > maxBytes) {
        break;
      }
      frames.add(frame);
    }
    if (frames.size() == 1) {
      return new Part(frames.getFirst(), 1);
    }
    Step end = steps.get(first + frames.size() - 1);
    String channel = begin.feed.channel;
    long from = begin.entry.offset;
    long to = end.entry.offset;
    return new Part(
        of(channel, from, to, wire, begin.cursor(logs), end.cursor(logs), frames), frames.size());
  }

  /// Some steps as one buffer.
  record Part(ByteBuf bytes, int steps) {}

  /// Two runs with the same first and last publication, one of which leaves out what the other one
  /// does not, differ in their number: what is left out depends only on how far ahead was looked.
  private record Key(
      String channel,
      long first,
      long last,
      int count,
      Wire wire,
      String firstCursor,
      String lastCursor) {}

  /// The frames as one buffer, which stays this object's.
  ///
  /// @param first offset of the first publication
  /// @param last offset of the last one
  /// @param firstCursor the text in the first frame
  /// @param lastCursor the text in the last frame; those between differ only if these two do
  ByteBuf of(
      String channel,
      long first,
      long last,
      Wire wire,
      String firstCursor,
      String lastCursor,
      List<ByteBuf> frames) {
    var wanted = new Key(channel, first, last, frames.size(), wire, firstCursor, lastCursor);
    ByteBuf known = run;
    if (known != null && wanted.equals(key)) {
      return known;
    }
    clear();
    ByteBuf made = join(frames);
    key = wanted;
    run = made;
    return made;
  }

  /// A new buffer with the bytes of all; the caller's.
  static ByteBuf join(List<ByteBuf> frames) {
    int length = 0;
    for (ByteBuf frame : frames) {
      length += frame.readableBytes();
    }
    ByteBuf joined = ByteBufAllocator.DEFAULT.directBuffer(length);
    for (ByteBuf frame : frames) {
      joined.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
    }
    return joined;
  }

  void clear() {
    if (run != null) {
      run.release();
      run = null;
      key = null;
    }
  }
}
