package dev.duet.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A row of the table.
///
/// @param what is measured
/// @param result in words, with what was seen to have happened
/// @param target in words; "" for information
/// @param met whether the target is; null where there is none
record LogRow(String what, String result, String target, @Nullable Boolean met) {
  /// A ratio or a time that is to be at most `bound`.
  static LogRow atMost(String what, String result, double value, double bound, String unit) {
    return new LogRow(what, result, "at most " + plain(bound) + unit, value <= bound);
  }

  /// A ratio that is to be at least `bound`.
  static LogRow atLeast(String what, String result, double value, double bound, String unit) {
    return new LogRow(what, result, "at least " + plain(bound) + unit, value >= bound);
  }

  /// For information only.
  static LogRow information(String what, String result) {
    return new LogRow(what, result, "", null);
  }

  /// In Markdown.
  String line(String command) {
    String met = this.met == null ? "" : this.met ? "yes" : "NO";
    return "| %s | `%s` | %s | %s | %s |".formatted(what, command, result, target, met);
  }

  private static String plain(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.1f", value);
  }
}
