package dev.duet.app.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A number of bytes, written as `512B`, `64KiB`, `8MiB` or `2GiB`.
public record Size(long bytes) implements Comparable<Size> {
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,9}) ?(B|KiB|MiB|GiB)");
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB"};

  /// Reads a size; null if it is none.
  static @Nullable Size parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    int shift =
        switch (matcher.group(2)) {
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> 0;
        };
    return new Size(Long.parseLong(matcher.group(1)) << shift);
  }

  @Override
  public int compareTo(Size other) {
    return Long.compare(bytes, other.bytes);
  }

  /// As it is read, in the largest unit that leaves no rest.
  @Override
  public String toString() {
    int unit = 0;
    long count = bytes;
    while (unit < UNITS.length - 1 && count != 0 && count % 1024 == 0) {
      count /= 1024;
      unit++;
    }
    return count + UNITS[unit];
  }

  /// For people: rounded to a tenth of a unit, `5.9 GiB`.
  public String rounded() {
    int unit = 0;
    double count = bytes;
    while (unit < UNITS.length - 1 && count >= 1024) {
      count /= 1024;
      unit++;
    }
    String number = String.format(Locale.ROOT, "%.1f", count);
    return (number.endsWith(".0") ? number.substring(0, number.length() - 2) : number)
        + " "
        + UNITS[unit];
  }
}
