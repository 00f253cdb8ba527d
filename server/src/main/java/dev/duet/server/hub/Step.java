package dev.duet.server.hub;

import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// One publication in the order of a loop. Confined to the loop.
final class Step {
  final long number;
  final RingEntry entry;
  final Feed feed;

  /// The loop's position in every log just after this step.
  final long[] vector;

  /// Where the loop stood in every log when it took the next step, or stands now if there is none.
  long[] until;

  private @Nullable String cursor;
  private final ArrayList<Made> frames = new ArrayList<>(2);

  private record Made(Wire wire, ByteBuf bytes) {}

  Step(long number, RingEntry entry, Feed feed, long[] vector) {
    this.number = number;
    this.entry = entry;
    this.feed = feed;
    this.vector = vector;
    this.until = vector;
  }

  Publication publication() {
    return entry.publication();
  }

  /// The frame for a wire form; the step keeps its reference until [#release()].
  ByteBuf frame(Wire wire, LogVector logs) {
    for (Made made : frames) {
      if (made.wire == wire) {
        return made.bytes;
      }
    }
    ByteBuf bytes = entry.frame(wire, cursor(logs));
    frames.add(new Made(wire, bytes));
    return bytes;
  }

  /// The text of the cursor just after this step.
  String cursor(LogVector logs) {
    String text = cursor;
    if (text == null) {
      text = logs.text(vector);
      cursor = text;
    }
    return text;
  }

  void release() {
    for (Made made : frames) {
      made.bytes.release();
    }
    frames.clear();
  }
}
