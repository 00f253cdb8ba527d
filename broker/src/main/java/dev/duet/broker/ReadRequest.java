package dev.duet.broker;

import java.util.List;

/// What to read from a log.
///
/// @param spans the channels, none twice, each with its beginning (exclusive)
/// @param upTo end of all (inclusive); at most the log's position
/// @param maxCount most publications
/// @param maxBytes most bytes by [dev.duet.protocol.Publication#weight()]; the first publication
///     comes whatever its size
/// @param backwards whether the bounds cut at the beginning: the last publications up to `upTo` are
///     returned, still in log order, and no gap is told
public record ReadRequest(
    List<Span> spans, long upTo, int maxCount, int maxBytes, boolean backwards) {
  public ReadRequest {
    spans = List.copyOf(spans);
  }

  /// The first publications after the beginnings of the spans, with every gap told.
  public static ReadRequest forwards(List<Span> spans, long upTo, int maxCount, int maxBytes) {
    return new ReadRequest(spans, upTo, maxCount, maxBytes, false);
  }
}
