package dev.duet.server.http;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The parameters of a query. A name comes once; `_` is dropped, for libraries add it against
/// caches.
///
/// On a [route][Route] those that nobody knows are dropped as well, for its clients were made for
/// another server; and what they leave out is as the route says.
final class Query {
  private static final int MAX_PARAMETERS = 32;
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,6})(ms|s|m)?");

  private final Map<String, String> values;
  private final Set<String> twice;
  private final @Nullable Map<String, String> otherwise;

  private Query(
      Map<String, String> values, Set<String> twice, @Nullable Map<String, String> otherwise) {
    this.values = values;
    this.twice = twice;
    this.otherwise = otherwise;
  }

  /// @param otherwise what a route says of parameters that are left out; null where there is none
  /// @throws DuetException [ErrorCode#BAD_REQUEST] or [ErrorCode#BAD_PARAMETER]
  static Query parse(String raw, @Nullable Map<String, String> otherwise) {
    var values = new LinkedHashMap<String, String>();
    var twice = new HashSet<String>();
    for (String part : raw.isEmpty() ? List.<String>of() : List.of(raw.split("&", -1))) {
      if (part.isEmpty()) {
        continue;
      }
      int equals = part.indexOf('=');
      String name = decode(equals < 0 ? part : part.substring(0, equals));
      String value = equals < 0 ? "" : decode(part.substring(equals + 1));
      if (name.equals("_")) {
        continue;
      }
      if (values.put(name, value) != null) {
        twice.add(name);
      }
      if (values.size() > MAX_PARAMETERS) {
        throw bad("there are more than " + MAX_PARAMETERS + " parameters");
      }
    }
    return new Query(values, twice, otherwise);
  }

  private static String decode(String raw) {
    return PercentCoding.decode("the query", raw, true);
  }

  /// Refuses parameters that mean nothing here; those of a route are put in order.
  ///
  /// @throws DuetException [ErrorCode#BAD_PARAMETER] naming those that are allowed
  Query only(List<String> allowed) {
    if (otherwise != null) {
      values.keySet().retainAll(allowed);
      otherwise.forEach(
          (name, value) -> {
            if (allowed.contains(name) && !(name.equals("since") && has("before"))) {
              values.putIfAbsent(name, value);
            }
          });
    }
    for (String name : values.keySet()) {
      if (!allowed.contains(name)) {
        throw bad(
            "parameter '"
                + Shown.of(name)
                + "' is unknown here; "
                + (allowed.isEmpty()
                    ? "there are none"
                    : "allowed are " + String.join(", ", allowed)));
      }
      if (twice.contains(name)) {
        throw bad("parameter '" + Shown.of(name) + "' is there twice");
      }
    }
    return this;
  }

  /// The decoded value, or null.
  @Nullable String get(String name) {
    return values.get(name);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /// Whether it is there as `?name`, `?name=` or `?name=true`.
  boolean flag(String name) {
    String value = values.get(name);
    if (value == null || value.equals("false")) {
      return false;
    }
    if (value.isEmpty() || value.equals("true")) {
      return true;
    }
    throw bad("'" + name + "' stands alone, or is true or false");
  }

  /// A whole number within bounds.
  int number(String name, int otherwise, int least, int most) {
    String value = values.get(name);
    if (value == null) {
      return otherwise;
    }
    if (value.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw bad("'" + name + "' is a number from " + least + " to " + most);
  }

  /// A time such as `25s`, `500ms`, `1m`, or seconds alone, within bounds; null if it is not there.
  @Nullable Duration duration(String name, Duration least, Duration most) {
    String value = values.get(name);
    return value == null ? null : duration(name, value, least, most);
  }

  static Duration duration(String name, String value, Duration least, Duration most) {
    Matcher matcher = DURATION.matcher(value);
    if (matcher.matches()) {
      int count = Integer.parseInt(matcher.group(1));
      String unit = matcher.group(2);
      Duration time =
          "ms".equals(unit)
              ? Duration.ofMillis(count)
              : "m".equals(unit) ? Duration.ofMinutes(count) : Duration.ofSeconds(count);
      if (time.compareTo(least) >= 0 && time.compareTo(most) <= 0) {
        return time;
      }
    }
    String bounds = "at most " + most.toSeconds() + "s";
    if (!least.isZero()) {
      bounds = "at least " + least.toMillis() + "ms and " + bounds;
    }
    throw bad("'" + name + "' is a time such as 25s or 500ms, " + bounds);
  }

  static DuetException bad(String detail) {
    return new DuetException(ErrorCode.BAD_PARAMETER, detail);
  }
}
