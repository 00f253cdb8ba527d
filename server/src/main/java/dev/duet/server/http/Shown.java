package dev.duet.server.http;

/// What a client sent, as it may be shown in an error: short, and without what a terminal obeys.
final class Shown {
  private static final int MOST = 60;

  private Shown() {}

  static String of(String text) {
    var shown = new StringBuilder();
    text.codePoints()
        .limit(MOST)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .forEach(shown::appendCodePoint);
    return shown.length() < text.length() ? shown.append('…').toString() : shown.toString();
  }
}
