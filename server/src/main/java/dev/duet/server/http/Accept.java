package dev.duet.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Chooses the form of an answer by the `Accept` fields of a request (RFC 9110 section 12.5.1).
///
/// Among the forms of the highest weight the one that was named most exactly wins, then the one
/// that was named first, then the server's order. So `*/*` is a stream of events, a browser's
/// address bar gets a page for people, and `application/json, text/plain, */*`, which a well-known
/// library sends, gets JSON.
final class Accept {
  /// The forms of a channel, in the server's order.
  enum Form {
    EVENT_STREAM("text/event-stream"),
    NDJSON("application/x-ndjson"),
    JSON("application/json"),
    HTML("text/html");

    private final String type;

    Form(String type) {
      this.type = type;
    }

    String type() {
      return type;
    }
  }

  /// What is chosen.
  ///
  /// @param named whether the client named its type, rather than a range that it lies in
  record Choice(Form form, boolean named) {}

  private record Range(String type, int weight, int place) {
    /// How exactly it names `form`: 0 not at all, 1 by `*/*`, 2 by its type, 3 wholly.
    int exactness(Form form) {
      if (type.equals("*/*")) {
        return 1;
      }
      if (type.endsWith("/*")) {
        return form.type.startsWith(type.substring(0, type.length() - 1)) ? 2 : 0;
      }
      boolean same =
          type.equals(form.type) || (form == Form.NDJSON && type.equals("application/ndjson"));
      return same ? 3 : 0;
    }
  }

  private static final int MAX_RANGES = 100;

  private Accept() {}

  /// The form to answer in, or null if none is acceptable. Ranges that cannot be read are skipped.
  ///
  /// @param fields values of all `Accept` fields; none, or empty ones: `*/*`
  static @Nullable Choice choose(List<String> fields) {
    String all = String.join(",", fields);
    if (all.isBlank()) {
      return new Choice(Form.EVENT_STREAM, false);
    }
    List<Range> ranges = ranges(all);
    Form best = null;
    Range bestRange = null;
    int bestExactness = 0;
    for (Form form : Form.values()) {
      Range range = rangeOf(form, ranges);
      if (range == null || range.weight == 0) {
        continue;
      }
      int exactness = range.exactness(form);
      if (bestRange == null
          || range.weight > bestRange.weight
          || (range.weight == bestRange.weight
              && (exactness > bestExactness
                  || (exactness == bestExactness && range.place < bestRange.place)))) {
        best = form;
        bestRange = range;
        bestExactness = exactness;
      }
    }
    return best == null ? null : new Choice(best, bestExactness == 3);
  }

  private static @Nullable Range rangeOf(Form form, List<Range> ranges) {
    Range best = null;
    for (Range range : ranges) {
      int exactness = range.exactness(form);
      if (exactness > 0 && (best == null || exactness > best.exactness(form))) {
        best = range;
      }
    }
    return best;
  }

  private static List<Range> ranges(String all) {
    String[] parts = all.split(",", MAX_RANGES + 1);
    var ranges = new ArrayList<Range>();
    for (int i = 0; i < parts.length && i < MAX_RANGES; i++) {
      String[] pieces = parts[i].split(";", -1);
      String type = pieces[0].strip().toLowerCase(Locale.ROOT);
      if (type.indexOf('/') > 0) {
        ranges.add(new Range(type, weight(pieces), i));
      }
    }
    return ranges;
  }

  /// Thousandths; 1000 unless there is a readable `q`.
  private static int weight(String[] pieces) {
    for (int i = 1; i < pieces.length; i++) {
      String piece = pieces[i].strip();
      if (piece.regionMatches(true, 0, "q=", 0, 2)) {
        String q = piece.substring(2).strip();
        if (q.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?")) {
          return (int) Math.round(Double.parseDouble(q) * 1_000);
        }
      }
    }
    return 1_000;
  }
}
