package dev.duet.server.http;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.Exchange;
import dev.duet.server.exchange.Exchange.Header;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.RequestHead;
import dev.duet.server.exchange.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request that passed the gate, and the header fields that every answer to it has. Confined to
/// its loop.
final class Visit {
  private static final Logger LOG = LoggerFactory.getLogger(Visit.class);
  private static final int RETRY_MILLIS = 1_000;

  private final Exchange exchange;
  private final Gate.Passed passed;
  private final Route.@Nullable ToChannel route;

  Visit(Exchange exchange, Gate.Passed passed) {
    this(exchange, passed, null);
  }

  private Visit(Exchange exchange, Gate.Passed passed, Route.@Nullable ToChannel route) {
    this.exchange = exchange;
    this.passed = passed;
    this.route = route;
  }

  /// The same, on a path of the application's own.
  Visit on(Route.ToChannel of) {
    return new Visit(exchange, passed, of);
  }

  boolean isOnRoute() {
    return route != null;
  }

  /// Whether its path takes publications.
  boolean mayPublish() {
    return route == null || route.publish();
  }

  Exchange exchange() {
    return exchange;
  }

  RequestHead head() {
    return exchange.head();
  }

  Executor loop() {
    return exchange.loop();
  }

  boolean isHead() {
    return head().method().equals("HEAD");
  }

  Query query() {
    return Query.parse(head().rawQuery(), route == null ? null : route.parameters());
  }

  void respond(Response response) {
    exchange.respond(response.withHeaders(headers(response.headers())));
  }

  /// Begins a stream; see [Exchange#stream].
  Outlet stream(String contentType) {
    return exchange.stream(
        headers(
            List.of(
                new Header("content-type", contentType), new Header("x-accel-buffering", "no"))));
  }

  void fail(Throwable failure) {
    if (failure instanceof CompletionException && failure.getCause() != null) {
      fail(failure.getCause());
    } else if (failure instanceof DuetException e) {
      fail(e.code(), e.detail());
    } else {
      LOG.error("{} {} failed", head().method(), head().rawPath(), failure);
      fail(ErrorCode.INTERNAL, "the server failed; its log says more");
    }
  }

  private void fail(ErrorCode code, String detail) {
    Response problem = Problem.response(code, detail);
    if (code.status() == 401) {
      // RFC 9110 section 15.5.2; of all schemes the one that makes no browser ask for a password.
      problem = problem.with("www-authenticate", "Bearer");
    }
    respond(code.temporary() ? problem.with("retry-after", retryAfter(RETRY_MILLIS)) : problem);
  }

  /// The value of `Retry-After`: whole seconds, at least one.
  static String retryAfter(int millis) {
    return Integer.toString(Math.max(1, Math.ceilDiv(millis, 1_000)));
  }

  private List<Header> headers(List<Header> own) {
    var all = new ArrayList<Header>(own.size() + 7);
    for (Header header : own) {
      if (!header.name().equals("cache-control")) {
        all.add(header);
      }
    }
    all.add(new Header("cache-control", "no-store, no-transform"));
    all.add(new Header("x-content-type-options", "nosniff"));
    all.add(new Header("vary", "Accept, Origin"));
    all.addAll(cors(passed));
    return all;
  }

  /// What lets a page of another origin read the answer (Fetch, section 3.3).
  static List<Header> cors(Gate.Passed passed) {
    if (passed.origin() == null) {
      return List.of();
    }
    var cors = new ArrayList<Header>(3);
    cors.add(new Header("access-control-allow-origin", passed.origin()));
    cors.add(new Header("access-control-expose-headers", "Retry-After"));
    if (!passed.any()) {
      cors.add(new Header("access-control-allow-credentials", "true"));
    }
    return cors;
  }
}
