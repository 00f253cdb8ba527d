package dev.duet.server.metrics;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.hub.ConnectionFigures;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import io.netty.util.NetUtil;
import java.io.ByteArrayOutputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// The channel `~connections`: an entry for each connection that follows something, as long as
/// somebody follows this. Every two seconds the loops are asked, and what has changed is published.
/// [#tick] is called by one thread.
public final class Connections {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  /// The channel.
  public static final String CHANNEL = "~connections";

  /// How often [#tick] is to be called.
  public static final long TICK_MILLIS = 2_000;

  /// Most connections that are told.
  private static final int MOST = 10_000;

  /// The key of what says how many are left out.
  private static final String MORE = "more";

  /// Longest wait for a loop: what was told of its connections stays then.
  private static final long PATIENCE_MILLIS = 500;

  /// After so many ticks all is told again: a log keeps nothing for ever.
  private static final int AGAIN = 1_800;

  private static final JsonFactory JSON = new JsonFactory();

  private final Log log;
  private final Hub hub;
  private final Executor workers;
  private final List<Part> parts;

  /// Milliseconds since 1970 when the ticker was at 0.
  private final long tickerBegan;

  private final AtomicBoolean underWay = new AtomicBoolean();
  private int ticks;

  /// What the log holds of how many are left out.
  private final Map<String, byte[]> more = new ConcurrentHashMap<>();

  /// @param loops the delivery loop of each of the transport's
  /// @param workers compare and write
  /// @param ticker nanoseconds of a monotonic clock, the hub's
  public Connections(
      Broker broker,
      Hub hub,
      Map<Executor, HubLoop> loops,
      Executor workers,
      LongSupplier ticker,
      InstantSource clock) {
    this.log = broker.logs().get(broker.logOf(CHANNEL));
    this.hub = hub;
    this.workers = workers;
    this.tickerBegan = clock.millis() - TimeUnit.NANOSECONDS.toMillis(ticker.getAsLong());
    int most = MOST / Math.max(1, loops.size());
    this.parts = new ArrayList<>(loops.size());
    loops.forEach((loop, of) -> parts.add(new Part(loop, of, most)));
  }

  /// Tells what has changed, if somebody follows.
  public void tick() {
    if (!hub.isFollowed(CHANNEL)) {
      ticks = 0;
    } else if (underWay.compareAndSet(false, true)) {
      boolean all = ticks++ % AGAIN == 0;
      var answers = parts.stream().map(Part::ask).toArray(CompletableFuture[]::new);
      CompletableFuture.allOf(answers)
          .completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
          .thenComposeAsync(ignored -> tell(all), workers)
          .whenComplete(
              (done, failure) -> {
                underWay.set(false);
                if (failure != null) {
                  LOG.debug("Not all connections could be told, again later", failure);
                }
              });
    }
  }

  /// @param all whether what has not changed is told again
  private CompletableFuture<Void> tell(boolean all) {
    var appends = new ArrayList<CompletableFuture<?>>();
    int leftOut = 0;
    for (Part part : parts) {
      ConnectionFigures.OfLoop answer = part.answer();
      if (answer != null) {
        var now = new HashMap<String, byte[]>();
        answer.connections().forEach(one -> now.put(one.id(), json(one)));
        tell(part.told, now, all, appends);
        part.leftOut = answer.leftOut();
      }
      leftOut += part.leftOut;
    }
    Map<String, byte[]> now = leftOut == 0 ? Map.of() : Map.of(MORE, json(leftOut));
    tell(more, now, all, appends);
    return CompletableFuture.allOf(appends.toArray(CompletableFuture[]::new));
  }

  /// @param told what the log holds; what is appended is changed in it
  private void tell(
      Map<String, byte[]> told,
      Map<String, byte[]> now,
      boolean all,
      List<CompletableFuture<?>> appends) {
    var gone = new HashSet<>(told.keySet());
    gone.removeAll(now.keySet());
    for (String id : gone) {
      appends.add(append(Draft.tombstone(id)).thenRun(() -> told.remove(id)));
    }
    now.forEach(
        (id, json) -> {
          if (all || !Arrays.equals(json, told.get(id))) {
            Draft draft = Draft.of(PayloadType.JSON, json).withKey(id);
            appends.add(append(draft).thenRun(() -> told.put(id, json)));
          }
        });
  }

  private CompletableFuture<?> append(Draft draft) {
    return log.append(CHANNEL, draft).toCompletableFuture();
  }

  private byte[] json(ConnectionFigures of) {
    var out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("id", of.id());
      json.writeStringProperty("remote", NetUtil.toSocketAddressString(of.peer().remote()));
      json.writeStringProperty("transport", of.transport());
      json.writeArrayPropertyStart("channels");
      of.channels().forEach(json::writeString);
      json.writeEndArray();
      if (of.more() > 0) {
        json.writeNumberProperty("more", of.more());
      }
      String user = of.peer().user();
      if (user != null) {
        json.writeStringProperty("user", user);
      }
      json.writeNumberProperty("since", tickerBegan + TimeUnit.NANOSECONDS.toMillis(of.since()));
      json.writeBooleanProperty("behind", of.behind());
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private static byte[] json(int leftOut) {
    var out = new ByteArrayOutputStream(32);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeNumberProperty("more", leftOut);
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  /// One loop. A loop that hangs is not asked again before it has answered.
  private static final class Part {
    private final Executor loop;
    private final HubLoop of;
    private final int most;
    private volatile CompletableFuture<ConnectionFigures.OfLoop> asked =
        CompletableFuture.completedFuture(new ConnectionFigures.OfLoop(List.of(), 0));

    /// What the log holds of its connections.
    final Map<String, byte[]> told = new ConcurrentHashMap<>();

    volatile int leftOut;

    Part(Executor loop, HubLoop of, int most) {
      this.loop = loop;
      this.of = of;
      this.most = most;
    }

    CompletableFuture<?> ask() {
      if (asked.isDone()) {
        try {
          asked = CompletableFuture.supplyAsync(() -> of.connections(most), loop);
        } catch (RejectedExecutionException e) {
          return CompletableFuture.failedFuture(e);
        }
      }
      return asked.copy();
    }

    /// Null if there is none yet.
    ConnectionFigures.@Nullable OfLoop answer() {
      return asked.getNow(null);
    }
  }
}
