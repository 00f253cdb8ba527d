package dev.duet.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A point in every log that a server has: of the channels that its holder asks for, it has
/// everything up to there. Opaque to clients, safe in a header, a URL and an SSE `id:` line.
///
/// Its text is `<log id>.<offset>`, several logs joined by `~`. A stream that began at a start
/// which differs per channel and has not yet caught up writes a private one:
/// `positions!began!start!told`, the logs' ends when it began, the start, and the channels of which
/// its holder knows up to where something is missing: `<told>.<channel>`, or
/// `<told>-<after>.<channel>`, in base 36, joined by `!`. Whoever returns with it begins in each of
/// these where it was, and in any other at the position. Where `told` would make the text too long
/// it is left out, with the `!` before it: then a channel begins at the larger of the position and
/// the start as of then, and nobody knows what its holder was told.
///
/// @param positions one per log, in the order of the text; no log id twice; may be empty (it knows
///     no log)
/// @param origin set on a private cursor
public record Cursor(List<Position> positions, @Nullable Origin origin) {
  /// Largest offset: below 2^53, so that JavaScript counts it exactly.
  public static final long MAX_OFFSET = (1L << 53) - 1;

  /// Characters of a log id, all of `a-z 0-9`.
  public static final int LOG_ID_LENGTH = 5;

  /// Most logs in one cursor: more than any broker has for one server.
  public static final int MAX_LOGS = 64;

  /// Longest text: two times 64 positions of 22 characters with their separators, and a start. What
  /// was told has the rest.
  public static final int MAX_LENGTH = 3_072;

  /// The cursor of one who has nothing and knows no log.
  public static final Cursor NONE = new Cursor(List.of(), null);

  /// A point in one log.
  public record Position(String logId, long offset) {
    @Override
    public String toString() {
      return logId + "." + offset;
    }
  }

  /// Where a stream with a private cursor came from.
  ///
  /// @param began the logs' ends when the stream began
  /// @param start the start that it asked for
  /// @param told the channels that do not simply go on at the position, none twice; null if not
  ///     known
  public record Origin(List<Position> began, Start start, @Nullable List<Told> told) {
    public Origin {
      began = List.copyOf(began);
      told = told == null ? null : List.copyOf(told);
    }

    /// What is known of a channel, or null.
    public @Nullable Told told(String channel) {
      return told == null ? null : Cursor.told(told, channel);
    }
  }

  /// Where the holder of a private cursor is in one channel.
  ///
  /// @param channel the channel
  /// @param upTo whatever is missing up to there it was told, or did not ask for
  /// @param after it has everything up to there and not more, though the position lies beyond; -1
  ///     if it has everything up to the position
  public record Told(String channel, long upTo, long after) {
    @Override
    public String toString() {
      String back = after < 0 ? "" : "-" + Long.toString(after, TOLD_RADIX);
      return Long.toString(upTo, TOLD_RADIX) + back + "." + channel;
    }
  }

  private static final int TOLD_RADIX = 36;

  public Cursor {
    positions = List.copyOf(positions);
  }

  /// A public cursor at an offset of one log, and at nothing in any other.
  public static Cursor of(String logId, long offset) {
    return new Cursor(List.of(new Position(logId, offset)), null);
  }

  /// Reads a cursor's text.
  ///
  /// @throws DuetException [ErrorCode#BAD_CURSOR]
  public static Cursor parse(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      throw bad("it has 1 to " + MAX_LENGTH + " characters, this one " + text.length());
    }
    int first = text.indexOf('!');
    if (first < 0) {
      return new Cursor(parsePositions(text), null);
    }
    int second = text.indexOf('!', first + 1);
    if (second < 0) {
      throw bad("a private one has at least three parts");
    }
    int third = text.indexOf('!', second + 1);
    try {
      Start start = Start.parse(text.substring(second + 1, third < 0 ? text.length() : third));
      List<Told> told = third < 0 ? null : parseTold(text.substring(third + 1));
      return new Cursor(
          parsePositions(text.substring(0, first)),
          new Origin(parsePositions(text.substring(first + 1, second)), start, told));
    } catch (DuetException e) {
      throw e.code() == ErrorCode.BAD_CURSOR ? e : bad(e.detail());
    }
  }

  /// The offset that this cursor has for the log with `logId`, or -1.
  public long offsetIn(String logId) {
    return offsetIn(positions, logId);
  }

  /// The offset that `positions` have for the log with `logId`, or -1.
  public static long offsetIn(List<Position> positions, String logId) {
    for (Position position : positions) {
      if (position.logId.equals(logId)) {
        return position.offset;
      }
    }
    return -1;
  }

  /// Returns `offset` if it is one.
  public static long checkOffset(long offset) {
    if (offset < 1 || offset > MAX_OFFSET) {
      throw new IllegalArgumentException("offset " + offset);
    }
    return offset;
  }

  /// Whether `id` has the form of a log id.
  public static boolean isLogId(String id) {
    boolean legal = id.length() == LOG_ID_LENGTH;
    for (int i = 0; legal && i < id.length(); i++) {
      char c = id.charAt(i);
      legal = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }
    return legal;
  }

  @Override
  public String toString() {
    String text = join(positions);
    if (origin == null) {
      return text;
    }
    text += "!" + join(origin.began()) + "!" + origin.start();
    List<Told> told = origin.told();
    if (told == null) {
      return text;
    }
    String all = text + "!" + told.stream().map(Told::toString).collect(Collectors.joining("!"));
    return all.length() > MAX_LENGTH ? text : all;
  }

  private static String join(List<Position> positions) {
    if (positions.size() == 1) {
      return positions.get(0).toString();
    }
    var text = new StringBuilder(positions.size() * 22);
    for (Position position : positions) {
      text.append(text.isEmpty() ? "" : "~")
          .append(position.logId)
          .append('.')
          .append(position.offset);
    }
    return text.toString();
  }

  private static @Nullable Told told(List<Told> all, String channel) {
    for (Told told : all) {
      if (told.channel.equals(channel)) {
        return told;
      }
    }
    return null;
  }

  private static List<Told> parseTold(String text) {
    var all = new ArrayList<Told>();
    for (int from = 0; from < text.length(); ) {
      int mark = text.indexOf('!', from);
      int to = mark < 0 ? text.length() : mark;
      Told told = parseOneTold(text.substring(from, to));
      if (told(all, told.channel) != null) {
        throw bad("channel " + told.channel + " is named twice");
      }
      all.add(told);
      from = to + 1;
    }
    return all;
  }

  private static Told parseOneTold(String text) {
    int dot = text.indexOf('.');
    if (dot < 0) {
      throw bad("what was told is an offset, a dot and a channel");
    }
    String channel = ChannelNames.check(text.substring(dot + 1));
    int dash = text.indexOf('-');
    if (dash < 0 || dash > dot) {
      return new Told(channel, parseToldOffset(text.substring(0, dot)), -1);
    }
    long upTo = parseToldOffset(text.substring(0, dash));
    return new Told(channel, upTo, parseToldOffset(text.substring(dash + 1, dot)));
  }

  private static long parseToldOffset(String text) {
    boolean legal = !text.isEmpty() && text.length() <= 11;
    for (int i = 0; legal && i < text.length(); i++) {
      char c = text.charAt(i);
      legal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    }
    long offset = legal ? Long.parseLong(text, TOLD_RADIX) : -1;
    if (offset < 0 || offset > MAX_OFFSET) {
      throw bad("an offset is a number from 0 to " + MAX_OFFSET);
    }
    return offset;
  }

  private static List<Position> parsePositions(String text) {
    var positions = new ArrayList<Position>(2);
    for (int from = 0; from <= text.length(); ) {
      int tilde = text.indexOf('~', from);
      int to = tilde < 0 ? text.length() : tilde;
      positions.add(parsePosition(text.substring(from, to), positions));
      if (positions.size() > MAX_LOGS) {
        throw bad("it names at most " + MAX_LOGS + " logs");
      }
      from = to + 1;
    }
    return positions;
  }

  private static Position parsePosition(String text, List<Position> before) {
    int dot = text.indexOf('.');
    if (dot != LOG_ID_LENGTH || !isLogId(text.substring(0, dot))) {
      throw bad("a position is a log id of 5 characters a-z 0-9, a dot and an offset");
    }
    String digits = text.substring(dot + 1);
    boolean legal = !digits.isEmpty() && digits.length() <= 16;
    for (int i = 0; legal && i < digits.length(); i++) {
      legal = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
    }
    long offset = legal ? Long.parseLong(digits) : -1;
    if (offset < 0 || offset > MAX_OFFSET) {
      throw bad("an offset is a number from 0 to " + MAX_OFFSET);
    }
    String id = text.substring(0, dot);
    if (offsetIn(before, id) >= 0) {
      throw bad("log " + id + " is named twice");
    }
    return new Position(id, offset);
  }

  private static DuetException bad(String why) {
    return new DuetException(ErrorCode.BAD_CURSOR, "not a cursor of this server: " + why);
  }
}
