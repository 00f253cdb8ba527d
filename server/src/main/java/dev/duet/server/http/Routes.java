package dev.duet.server.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The application's own paths. Where two take the same path, the one counts that says more of it:
/// `/users/me` before `/users/{id}`, compared part by part.
public final class Routes {
  /// No path of the application's own.
  public static final Routes NONE = new Routes(List.of());

  private final List<Route> routes;
  private final List<Entry> entries;

  private record Entry(RoutePath path, Route route) {}

  /// A route, and what stood for the names of its path.
  record Found(Route route, Map<String, String> captured) {}

  /// @throws IllegalArgumentException if two take exactly the same paths
  public Routes(List<Route> routes) {
    this.routes = List.copyOf(routes);
    var found = new ArrayList<Entry>();
    for (Route route : routes) {
      var entry = new Entry(RoutePath.check(route.path()), route);
      for (Entry other : found) {
        if (shape(other).equals(shape(entry))) {
          throw new IllegalArgumentException(
              "the routes '%s' and '%s' take the same path"
                  .formatted(other.route.path(), route.path()));
        }
      }
      found.add(entry);
    }
    found.sort(Comparator.comparing(Routes::shape));
    this.entries = List.copyOf(found);
  }

  /// These and one more.
  ///
  /// @throws IllegalArgumentException if its path is taken
  public Routes with(Route route) {
    var more = new ArrayList<>(routes);
    more.add(route);
    return new Routes(more);
  }

  /// As they were given.
  public List<Route> all() {
    return routes;
  }

  /// @param path decoded
  @Nullable Found find(String path) {
    if (entries.isEmpty()) {
      return null;
    }
    List<String> parts = RoutePath.parts(path);
    for (Entry entry : entries) {
      Map<String, String> captured = captured(entry.path.parts(), parts);
      if (captured != null) {
        return new Found(entry.route, captured);
      }
    }
    return null;
  }

  private static @Nullable Map<String, String> captured(List<String> wanted, List<String> parts) {
    if (wanted.size() != parts.size()) {
      return null;
    }
    var captured = new LinkedHashMap<String, String>();
    for (int i = 0; i < wanted.size(); i++) {
      String part = wanted.get(i);
      if (RoutePath.isName(part)) {
        captured.put(part.substring(1, part.length() - 1), parts.get(i));
      } else if (!part.equals(parts.get(i))) {
        return null;
      }
    }
    return captured;
  }

  /// Its path with the same for each name, which is greater than every part that is none.
  private static String shape(Entry entry) {
    var shape = new StringBuilder();
    for (String part : entry.path.parts()) {
      shape.append('/').append(RoutePath.isName(part) ? "\uffff" : part);
    }
    return shape.toString();
  }
}
