package dev.duet.app.client;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An answer that is no success.
///
/// @param text for people
/// @param temporary whether the same request may succeed later
/// @param condition see [ClientException#isCondition]
/// @param pause how long the server wants to be left alone, or null
record Failure(String text, boolean temporary, boolean condition, @Nullable Duration pause) {
  /// Also those of proxies before the server.
  private static final Set<Integer> TEMPORARY = Set.of(408, 425, 429, 500, 502, 503, 504, 507);

  private static final Set<Integer> CONDITIONS = Set.of(409, 412);

  private static final int MAX_SHOWN = 500;

  /// A server that says more would not be waited for.
  private static final long MAX_WAIT_SECONDS = 3_600;

  /// @param body problem details (RFC 9457), or whatever a proxy says
  static Failure of(HttpResponse<?> response, String body) {
    return of(
        response.statusCode(),
        body,
        response
            .headers()
            .firstValue("retry-after")
            .filter(text -> text.matches("[0-9]{1,9}"))
            .map(text -> Duration.ofSeconds(Math.min(MAX_WAIT_SECONDS, Long.parseLong(text))))
            .orElse(null));
  }

  /// Of an element of `results`.
  static Failure of(Map<String, String> problem) {
    int status = (int) JsonText.number(problem.get("status"));
    return of(status, problem, null);
  }

  private static Failure of(int status, String body, @Nullable Duration pause) {
    try {
      return of(status, JsonText.members(body), pause);
    } catch (IllegalArgumentException e) {
      String line = body.strip().replaceAll("\\s*\\R[\\s\\S]*", "");
      boolean isText = !line.isEmpty() && !line.startsWith("<");
      return ofText(status, isText ? "status " + status + ": " + line : "status " + status, pause);
    }
  }

  private static Failure of(int status, Map<String, String> problem, @Nullable Duration pause) {
    String code = JsonText.string(problem.get("code"));
    String detail = JsonText.string(problem.get("detail"));
    String title = JsonText.string(problem.get("title"));
    String said = detail == null ? title : detail;
    String text =
        code == null
            ? "status " + status + (said == null ? "" : ": " + said)
            : code + (said == null ? "" : ": " + said);
    return ofText(status, text, pause);
  }

  private static Failure ofText(int status, String text, @Nullable Duration pause) {
    return new Failure(
        text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text,
        TEMPORARY.contains(status),
        CONDITIONS.contains(status),
        pause);
  }

  ClientException exception() {
    return new ClientException(text, condition);
  }
}
