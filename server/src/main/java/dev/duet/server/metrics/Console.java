package dev.duet.server.metrics;

import dev.duet.broker.Broker;
import dev.duet.broker.StorageFigures;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.LoopFigures;
import dev.duet.server.metrics.Figures.LogFigures;
import dev.duet.server.transport.TrafficFigures;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// The channel `~stats`: once a second what the server does, as long as somebody follows it. Its
/// key is the node. Any thread.
public final class Console {
  /// The channel.
  public static final String STATS = "~stats";

  private static final JsonFactory JSON = new JsonFactory();

  private final Broker broker;
  private final Hub hub;
  private final Metrics metrics;
  private final LongSupplier ticker;
  private final String node;
  private final AtomicBoolean underWay = new AtomicBoolean();
  private volatile Rates before = new Rates(0, 0, 0, 0);

  /// Counters at one time, to tell what came since.
  private record Rates(long nanos, long published, long delivered, long bytes) {}

  /// @param node what this server is called
  public Console(Broker broker, Hub hub, Metrics metrics, LongSupplier ticker, String node) {
    this.broker = broker;
    this.hub = hub;
    this.metrics = metrics;
    this.ticker = ticker;
    this.node = node;
  }

  /// Publishes, if somebody follows. Called about once a second.
  public void tick() {
    if (hub.isFollowed(STATS) && underWay.compareAndSet(false, true)) {
      metrics
          .figures()
          .thenAccept(this::publish)
          .whenComplete((done, failure) -> underWay.set(false));
    }
  }

  private void publish(Figures figures) {
    Draft draft = Draft.of(PayloadType.JSON, json(figures)).withKey(node);
    var unused = broker.logs().get(broker.logOf(STATS)).append(STATS, draft);
  }

  private byte[] json(Figures figures) {
    var now =
        new Rates(
            ticker.getAsLong(),
            figures.publishing().published(),
            figures.delivery(LoopFigures::streamed) + figures.delivery(LoopFigures::paged),
            figures.traffic(TrafficFigures::bytesOut));
    Rates since = before;
    before = now;
    double seconds = (now.nanos - since.nanos) / (double) TimeUnit.SECONDS.toNanos(1);
    boolean known = since.nanos != 0 && seconds < 10;
    var out = new ByteArrayOutputStream(1_024);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("node", node);
      object(json, "connections", figures.connections());
      json.writeObjectPropertyStart("readers");
      json.writeNumberProperty("live", figures.delivery(LoopFigures::live));
      json.writeNumberProperty("behind", figures.delivery(LoopFigures::behind));
      json.writeEndObject();
      json.writeNumberProperty("published", now.published);
      json.writeNumberProperty("delivered", now.delivered);
      json.writeNumberProperty("sentBytes", now.bytes);
      if (known) {
        json.writeObjectPropertyStart("perSecond");
        json.writeNumberProperty(
            "published", Math.round((now.published - since.published) / seconds));
        json.writeNumberProperty(
            "delivered", Math.round((now.delivered - since.delivered) / seconds));
        json.writeNumberProperty("sentBytes", Math.round((now.bytes - since.bytes) / seconds));
        json.writeEndObject();
      }
      json.writeNumberProperty(
          "gaps",
          figures.delivery(loop -> loop.gaps().values().stream().mapToLong(Long::longValue).sum()));
      object(json, "refused", figures.refusals());
      json.writeNumberProperty(
          "loopMillis",
          TimeUnit.NANOSECONDS.toMillis(
              figures.loops().stream().mapToLong(LoopProbe.Sample::answerNanos).max().orElse(0)));
      logs(json, figures.logs());
      json.writeNumberProperty("inFlightBytes", figures.publishing().inFlightBytes());
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  /// What each log takes; how its files are, if it has some.
  private static void logs(JsonGenerator json, List<LogFigures> logs) {
    json.writeObjectPropertyStart("logs");
    for (LogFigures log : logs) {
      json.writeObjectPropertyStart(log.name());
      if (log.held().bytes() >= 0) {
        json.writeNumberProperty("bytes", log.held().bytes());
        json.writeNumberProperty("pending", log.held().pending());
      }
      StorageFigures storage = log.storage();
      if (storage != null) {
        json.writeNumberProperty("unsyncedBytes", storage.unsyncedBytes());
        json.writeStringProperty("state", storage.state().text());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void object(JsonGenerator json, String name, Map<String, Long> numbers) {
    json.writeObjectPropertyStart(name);
    numbers.forEach(json::writeNumberProperty);
    json.writeEndObject();
  }
}
