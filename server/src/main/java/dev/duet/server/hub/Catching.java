package dev.duet.server.hub;

import dev.duet.broker.Span;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a reader's next run from the ring, all its channels of one log in log order. Remembers per
/// channel the entry that was taken last, so that a long way is not walked back at every run.
/// Confined to a loop.
final class Catching {
  private final HubLoop loop;
  private long @Nullable [] @Nullable [] hints;

  /// What the ring has next.
  ///
  /// @param bytes the frames as one buffer; the caller's to release
  /// @param entries the publications in it
  /// @param completeTo everything of the log's spans up to here is in it
  record Run(ByteBuf bytes, List<RingEntry> entries, long completeTo) {}

  /// Publications of one log in log order.
  ///
  /// @param completeTo everything of the log's spans up to here is among them
  record Found(ArrayList<RingEntry> entries, long completeTo) {}

  Catching(HubLoop loop) {
    this.loop = loop;
  }

  /// The next run of `log` up to `upTo`, or null if the ring does not hold what comes next.
  @Nullable Run next(int log, ReadPosition position, Wire wire, long upTo) {
    Found found = find(log, position, upTo, loop.settings().runBytes());
    return found == null
        ? null
        : frame(log, position, wire, found, position.spansOf(log).size() == 1);
  }

  /// What comes next of `log` up to `upTo`, as far as the ring holds it and about `maxBytes` go;
  /// null if it does not hold what comes next.
  @Nullable Found find(int log, ReadPosition position, long upTo, int maxBytes) {
    List<Span> spans = position.spansOf(log);
    var entries = new ArrayList<RingEntry>();
    long bound = collect(log, spans, upTo, maxBytes, entries);
    if (bound == Ring.GONE) {
      return null;
    }
    if (spans.size() > 1) {
      entries.removeIf(entry -> entry.offset > bound);
      entries.sort((a, b) -> Long.compare(a.sequence, b.sequence));
    }
    return new Found(entries, bound);
  }

  private long collect(
      int log, List<Span> spans, long upTo, int maxBytes, ArrayList<RingEntry> entries) {
    Ring ring = loop.ring(log);
    long bound = upTo;
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      long after = begin(span);
      if (after < upTo) {
        if (!loop.feeds().watchedFrom(span.channel(), after)) {
          return Ring.GONE;
        }
        long done = ring.collect(span.channel(), after, upTo, hint(log, i), maxBytes, entries);
        if (done == Ring.GONE) {
          return Ring.GONE;
        }
        bound = Math.min(bound, done);
      }
    }
    return bound;
  }

  /// After a gap: what was told to be missing does not come, though the ring may have it. Only the
  /// state of a channel that keeps the latest per key begins before the gap's end.
  private long begin(Span span) {
    return loop.feeds().keepsLatest(span.channel())
        ? span.after()
        : Math.max(span.after(), span.told());
  }

  private Run frame(int log, ReadPosition position, Wire wire, Found found, boolean oneChannel) {
    ArrayList<RingEntry> entries = found.entries;
    var frames = new ArrayList<ByteBuf>(entries.size());
    int maxBytes = loop.settings().runBytes();
    int bytes = 0;
    String firstText = "";
    String lastText = "";
    for (RingEntry entry : entries) {
      String text = position.cursorAfter(log, entry.offset);
      ByteBuf frame =
          position.isPrivate()
              ? wire.publicationFrame(entry.publication(), text)
              : entry.frame(wire, text);
      if (!frames.isEmpty() && bytes + frame.readableBytes() > maxBytes) {
        frame.release();
        break;
      }
      frames.add(frame);
      bytes += frame.readableBytes();
      firstText = frames.size() == 1 ? text : firstText;
      lastText = text;
    }
    List<RingEntry> taken = entries.subList(0, frames.size());
    long completeTo = taken.size() < entries.size() ? taken.getLast().offset : found.completeTo;
    return new Run(join(taken, wire, firstText, lastText, frames, oneChannel), taken, completeTo);
  }

  private ByteBuf join(
      List<RingEntry> entries,
      Wire wire,
      String firstText,
      String lastText,
      List<ByteBuf> frames,
      boolean shared) {
    if (frames.isEmpty()) {
      return Unpooled.EMPTY_BUFFER;
    }
    if (frames.size() == 1) {
      return frames.getFirst();
    }
    ByteBuf joined;
    if (shared) {
      RingEntry first = entries.getFirst();
      String channel = first.publication().channel();
      long last = entries.getLast().offset;
      joined =
          loop.runs().of(channel, first.offset, last, wire, firstText, lastText, frames).retain();
    } else {
      joined = Runs.join(frames);
    }
    frames.forEach(ByteBuf::release);
    return joined;
  }

  /// The run was taken: the position moves behind it.
  void taken(int log, ReadPosition position, Run run) {
    List<Span> spans = position.spans(log);
    if (spans != null && !run.entries.isEmpty()) {
      remember(log, spans, run.entries);
    }
    position.advance(log, run.completeTo);
  }

  private void remember(int log, List<Span> spans, List<RingEntry> entries) {
    if (hints == null) {
      hints = new long[loop.logs().size()][];
    }
    long[] known = hints[log];
    if (known == null) {
      known = new long[spans.size()];
      hints[log] = known;
    }
    for (int i = 0; i < known.length; i++) {
      String channel = spans.get(i).channel();
      for (int k = entries.size() - 1; k >= 0; k--) {
        if (entries.get(k).publication().channel().equals(channel)) {
          known[i] = entries.get(k).sequence;
          break;
        }
      }
    }
  }

  private long hint(int log, int span) {
    if (hints == null) {
      return 0;
    }
    long[] known = hints[log];
    return known == null ? 0 : known[span];
  }

  /// The reader is live: nothing is remembered.
  void forget() {
    hints = null;
  }
}
