package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Finds the stamps of one run in the bytes of one connection, however those are cut into reads. It
/// keeps four numbers, and looks at single bytes only within a stamp.
final class StampScanner {
  /// Hears of each stamp.
  interface Sink {
    void stamp(int channel, long sequence, long due);
  }

  private static final int CHANNEL = -1;
  private static final int SEQUENCE = -2;
  private static final int DUE = -3;
  private static final int SECOND_MARK = Stamp.OPENING.length();
  private static final long NONE = -1;

  private final byte[] opening;
  private final Sink sink;

  /// How many bytes of the opening have matched, or which number is being read.
  private int state;

  private long number;
  private int channel;
  private long sequence;

  /// @param opening the bytes before the channel's number, shared: [#opening]
  StampScanner(byte[] opening, Sink sink) {
    this.opening = opening;
    this.sink = sink;
  }

  static byte[] opening(String run) {
    return (Stamp.OPENING + run + "~").getBytes(StandardCharsets.US_ASCII);
  }

  /// Looks at `length` bytes from `from` on.
  void scan(ByteBuf in, int from, int length) {
    int end = from + length;
    int at = from;
    while (at < end) {
      if (state == 0) {
        at = in.indexOf(at, end, Stamp.MARK);
        if (at < 0) {
          return;
        }
        state = 1;
        at++;
      } else {
        step(in.getByte(at++));
      }
    }
  }

  private void step(byte b) {
    if (state > 0) {
      if (b == opening[state]) {
        state = state + 1 == opening.length ? CHANNEL : state + 1;
        number = NONE;
      } else {
        state = begunAnew(b);
      }
    } else if (b >= '0' && b <= '9' && number < Long.MAX_VALUE / 10 - 9) {
      number = Math.max(0, number) * 10 + (b - '0');
    } else if (b == Stamp.MARK && number != NONE) {
      numberEnded();
    } else {
      state = begunAnew(b);
    }
  }

  /// What has matched when `b` was not expected: it may be the mark of a stamp, or come just after
  /// one.
  private int begunAnew(byte b) {
    boolean afterMark = state == SECOND_MARK || (state < 0 && number == NONE);
    return b == Stamp.MARK ? 1 : afterMark && b == opening[1] ? 2 : 0;
  }

  private void numberEnded() {
    long ended = number;
    number = NONE;
    switch (state) {
      case CHANNEL -> {
        channel = (int) Math.min(Integer.MAX_VALUE, ended);
        state = SEQUENCE;
      }
      case SEQUENCE -> {
        sequence = ended;
        state = DUE;
      }
      default -> {
        state = 0;
        sink.stamp(channel, sequence, ended);
      }
    }
  }
}
