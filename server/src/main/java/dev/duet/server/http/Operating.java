package dev.duet.server.http;

import dev.duet.server.exchange.Response;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// How the server is, for those who run it. Any thread.
public interface Operating {
  /// Of a server that has not started.
  Operating STARTING =
      new Operating() {
        @Override
        public CompletionStage<Response> metrics(@Nullable String accept) {
          return CompletableFuture.completedFuture(Response.empty(503).with("retry-after", "1"));
        }

        @Override
        public Health health() {
          return new Health(true, false, "starting");
        }
      };

  /// The metrics in a form that Prometheus reads. Completes on any thread, within a second or so.
  ///
  /// @param accept what the scraper takes, or null
  CompletionStage<Response> metrics(@Nullable String accept);

  /// How the server is at this moment.
  Health health();

  /// Says little on purpose: whoever can reach the server may ask.
  ///
  /// @param live false: only a restart helps
  /// @param ready whether clients should be sent here
  /// @param status in a word: `ok`, `starting`, `stopping`, or what fails
  record Health(boolean live, boolean ready, String status) {}
}
