package dev.duet.server.metrics;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.broker.StorageFigures;
import dev.duet.broker.StorageFigures.State;
import dev.duet.server.exchange.Response;
import dev.duet.server.http.Operating;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.metrics.Figures.LogFigures;
import dev.duet.server.publish.Publisher;
import dev.duet.server.rpc.Calls;
import dev.duet.server.session.Sessions;
import dev.duet.server.transport.Transport;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Collects the figures of all parts, and tells them to operators. Any thread; nothing blocks.
public final class Metrics implements Operating {
  /// Longest wait for a loop's figures: then its last ones are told, and how long it has not
  /// answered.
  private static final long PATIENCE_MILLIS = 500;

  /// A loop that was silent for so long gets no more clients.
  private static final long NOT_READY_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// A loop that was silent for so long hangs for good.
  private static final long NOT_LIVE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Broker broker;
  private final Hub hub;
  private final Publisher publisher;
  private final Sessions sessions;
  private final Calls calls;
  private final Executor workers;
  private final List<LoopProbe> probes;
  private final Exposition exposition;

  /// @param loops the delivery loop of each of the transport's
  /// @param workers write what is told
  /// @param ticker nanoseconds of a monotonic clock
  /// @param version of Duet
  public Metrics(
      Broker broker,
      Hub hub,
      Transport transport,
      Map<Executor, HubLoop> loops,
      Publisher publisher,
      Sessions sessions,
      Calls calls,
      Executor workers,
      LongSupplier ticker,
      String version) {
    this.broker = broker;
    this.hub = hub;
    this.publisher = publisher;
    this.sessions = sessions;
    this.calls = calls;
    this.workers = workers;
    this.exposition = new Exposition(version);
    this.probes =
        transport.loops().stream()
            .map(
                loop ->
                    new LoopProbe(loop, transport, Objects.requireNonNull(loops.get(loop)), ticker))
            .toList();
  }

  /// The figures of all loops that answer in time, and the last ones of the others.
  CompletionStage<Figures> figures() {
    CompletableFuture<?>[] answers =
        probes.stream().map(LoopProbe::ask).toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(answers)
        .completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
        .thenApplyAsync(ignored -> gathered(), workers);
  }

  private Figures gathered() {
    return new Figures(
        probes.stream().map(LoopProbe::last).toList(),
        hub.rings(),
        broker.logs().stream()
            .map(log -> new LogFigures(log.name(), log.held(), log.storage()))
            .toList(),
        publisher.figures(),
        calls.figures(),
        sessions.refused());
  }

  @Override
  public CompletionStage<Response> metrics(@Nullable String accept) {
    return figures().thenApply(figures -> exposition.response(figures, accept));
  }

  @Override
  public Health health() {
    long silence = probes.stream().mapToLong(LoopProbe::silenceNanos).max().orElse(0);
    boolean live = silence < NOT_LIVE_NANOS;
    if (silence >= NOT_READY_NANOS) {
      return new Health(live, false, "loop-hangs");
    }
    String trouble = trouble();
    // Where other nodes have the same log, clients are better off there. One that is this server's
    // alone is still read here, and nowhere else.
    boolean ready = trouble == null || !broker.capabilities().manyNodes();
    return new Health(live, ready, trouble == null ? "ok" : trouble);
  }

  /// What keeps publications out of a log, or null.
  private @Nullable String trouble() {
    boolean failing = publisher.figures().failing();
    for (Log log : broker.logs()) {
      StorageFigures storage = log.storage();
      if (storage != null && storage.state() == State.FULL) {
        return "storage-full";
      }
      failing |= storage != null && storage.state() == State.FAILING;
    }
    return failing ? "log-fails" : null;
  }
}
