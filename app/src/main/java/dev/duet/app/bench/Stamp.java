package dev.duet.app.bench;

/// What each payload carries, so that it is found whatever is around it:
/// `~db~run~channel~sequence~due~`. Channel and sequence are decimal numbers, from 0 and from 1;
/// `due` is when the message was due, in nanoseconds since 1970. None of its characters is ever
/// escaped, by JSON or by a URL.
final class Stamp {
  static final byte MARK = '~';
  static final String OPENING = "~db~";

  /// A JSON object with a stamp of the longest numbers.
  static final int LEAST_PAYLOAD = 96;

  private static final String BEFORE = "{\"stamp\":\"";
  private static final String BETWEEN = "\",\"pad\":\"";
  private static final String AFTER = "\"}";
  private static final String PAD = "The quick brown fox jumps over the lazy dog. ";

  private Stamp() {}

  static String text(String run, int channel, long sequence, long due) {
    return OPENING + run + "~" + channel + "~" + sequence + "~" + due + "~";
  }

  /// A JSON object of `bytes` bytes with that stamp in it.
  static String payload(String stamp, int bytes) {
    int pad = bytes - BEFORE.length() - stamp.length() - BETWEEN.length() - AFTER.length();
    StringBuilder payload = new StringBuilder(bytes).append(BEFORE).append(stamp).append(BETWEEN);
    for (int left = pad; left > 0; left -= PAD.length()) {
      payload.append(PAD, 0, Math.min(left, PAD.length()));
    }
    return payload.append(AFTER).toString();
  }
}
