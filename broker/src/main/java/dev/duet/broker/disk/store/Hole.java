package dev.duet.broker.disk.store;

/// A range of the log that cannot be read any more, and nobody knows of which channels it was.
///
/// @param from exclusive
/// @param to inclusive
public record Hole(long from, long to) {
  /// @throws IllegalArgumentException if it is empty
  public Hole {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException(
          "a hole has an end after its beginning: " + from + " to " + to);
    }
  }
}
