package dev.duet.app.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What single values look like: whole numbers, durations, sizes, words, paths, texts.
final class Scalars {
  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,9}");
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9}) ?(ms|s|m|h|d)");

  private Scalars() {}

  /// Reads a value.
  ///
  /// @param type of the component
  /// @throws IllegalArgumentException if it is none, or out of its range; the message is what
  ///     [#allowed] says
  static Object read(Class<?> type, @Nullable Setting setting, String text) {
    Object value = parse(type, text);
    if (value == null || !inRange(type, setting, value)) {
      throw new IllegalArgumentException(allowed(type, setting));
    }
    return value;
  }

  /// What is allowed, as the end of a sentence: "a whole number from 0 to 65535".
  static String allowed(Class<?> type, @Nullable Setting setting) {
    String what;
    if (type == int.class) {
      what = "a whole number";
    } else if (type == boolean.class) {
      what = "true or false";
    } else if (type == Duration.class) {
      what = "a time such as 25s (units are ms, s, m, h, d)";
    } else if (type == Size.class) {
      what = "a size such as 64KiB (units are B, KiB, MiB, GiB)";
    } else if (type == Path.class) {
      what = "a path";
    } else if (type.isEnum()) {
      what =
          Arrays.stream(type.getEnumConstants())
              .map(Scalars::word)
              .collect(Collectors.joining(", ", "one of ", ""));
    } else {
      what = "a text without spaces";
    }
    String least = setting == null ? "" : setting.min();
    String most = setting == null ? "" : setting.max();
    if (least.isEmpty()) {
      return most.isEmpty() ? what : what + ", at most " + most;
    }
    return what + (most.isEmpty() ? ", at least " + least : " from " + least + " to " + most);
  }

  private static @Nullable Object parse(Class<?> type, String text) {
    if (type == int.class) {
      return INTEGER.matcher(text).matches() ? Integer.valueOf(text) : null;
    } else if (type == boolean.class) {
      return text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null;
    } else if (type == Duration.class) {
      return duration(text);
    } else if (type == Size.class) {
      return Size.parse(text);
    } else if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(constant -> word(constant).equals(text))
          .findFirst()
          .orElse(null);
    } else if (type == Path.class) {
      return text.isBlank() || text.chars().anyMatch(c -> c < ' ') ? null : Path.of(text);
    } else if (type == String.class) {
      return text.isEmpty() || text.chars().anyMatch(c -> c <= ' ') ? null : text;
    }
    throw new IllegalStateException("no setting can be of " + type);
  }

  private static @Nullable Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  /// A value as it is read.
  static String text(Object value) {
    return switch (value) {
      case Duration duration -> text(duration);
      case Enum<?> constant -> word(constant);
      default -> value.toString();
    };
  }

  private static String text(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0 || millis % 1000 != 0) {
      return millis == 0 ? "0s" : millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    } else if (seconds % 3_600 == 0) {
      return seconds / 3_600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }

  /// What a value of this type is called in the documentation.
  static String kind(Class<?> type) {
    if (type == int.class) {
      return "whole number";
    } else if (type == boolean.class) {
      return "true or false";
    } else if (type == Duration.class) {
      return "time (ms, s, m, h, d)";
    } else if (type == Size.class) {
      return "size (B, KiB, MiB, GiB)";
    } else if (type == Path.class) {
      return "path";
    } else if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(constant -> "`" + word(constant) + "`")
          .collect(Collectors.joining(", "));
    }
    return "text";
  }

  private static String word(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @SuppressWarnings("unchecked")
  private static boolean inRange(Class<?> type, @Nullable Setting setting, Object value) {
    if (setting == null) {
      return true;
    }
    var comparable = (Comparable<Object>) value;
    Object least = setting.min().isEmpty() ? null : parse(type, setting.min());
    Object most = setting.max().isEmpty() ? null : parse(type, setting.max());
    return (least == null || comparable.compareTo(least) >= 0)
        && (most == null || comparable.compareTo(most) <= 0);
  }

  /// A text from the file, fit for a line of ours.
  static String shown(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() <= 60 ? line : line.substring(0, 60) + "…";
  }
}
