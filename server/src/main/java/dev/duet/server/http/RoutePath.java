package dev.duet.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The parts of a path, of which some are names in braces.
record RoutePath(List<String> parts) {
  private static final Pattern NAME = Pattern.compile("\\{[A-Za-z][A-Za-z0-9_]*}");
  private static final Pattern LITERAL = Pattern.compile("[A-Za-z0-9._~!$&'()*+,;=:@-]+");
  private static final List<String> OWN =
      List.of("channels", "assets", "cursor", "health", "metrics", "rpc", "ws");

  /// @throws IllegalArgumentException if it is no path, or the server's own
  static RoutePath check(String path) {
    if (!path.startsWith("/")) {
      throw bad(path, "begins with a /");
    }
    var names = new ArrayList<String>();
    List<String> parts = parts(path);
    for (String part : parts) {
      if (NAME.matcher(part).matches()) {
        if (names.contains(part)) {
          throw bad(path, "has each name in braces once");
        }
        names.add(part);
      } else if (!LITERAL.matcher(part).matches() && !path.equals("/")) {
        throw bad(path, "has parts of A-Z a-z 0-9 . _ ~ ! $ & ' ( ) * + , ; = : @ - or {name}");
      } else if (part.equals(".") || part.equals("..")) {
        throw bad(path, "has no part '" + part + "'");
      }
    }
    if (isOwn(path)) {
      throw new IllegalArgumentException(
          "the path '%s' is the server's own, as all that begin with /%s"
              .formatted(path, parts.getFirst()));
    }
    return new RoutePath(parts);
  }

  private static IllegalArgumentException bad(String path, String rule) {
    return new IllegalArgumentException("'" + path + "' is no path of a route: one " + rule);
  }

  static List<String> parts(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  /// Whether it is, or lies below, one of the server's own that cannot be taken.
  static boolean isOwn(String path) {
    return OWN.contains(parts(path).getFirst());
  }

  static boolean isName(String part) {
    return part.startsWith("{");
  }

  List<String> names() {
    return parts.stream()
        .filter(RoutePath::isName)
        .map(part -> part.substring(1, part.length() - 1))
        .toList();
  }
}
