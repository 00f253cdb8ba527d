package dev.duet.server.metrics;

import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.Gap;
import dev.duet.server.exchange.Response;
import dev.duet.server.hub.Ending;
import dev.duet.server.hub.LoopFigures;
import dev.duet.server.hub.RingFigures;
import dev.duet.server.publish.PublishFigures;
import dev.duet.server.rpc.RpcFigures;
import dev.duet.server.transport.TrafficFigures;
import io.netty.util.internal.PlatformDependent;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Writes the figures as Prometheus reads them: its text format, or OpenMetrics for who asks for
/// that. What each means stands in docs/operations.md, which a test compares with this.
final class Exposition {
  private static final double NANOS = 1e9;

  private final ExpositionFormats formats = ExpositionFormats.init();
  private final String version;

  Exposition(String version) {
    this.version = version;
  }

  Response response(Figures figures, @Nullable String accept) {
    var families = new Families();
    families.gauge(
        "duet_build_info", "1, with the version of the server", "version", Map.of(version, 1L));
    connections(families, figures);
    publications(families, figures.publishing());
    calls(families, figures.calls());
    deliveries(families, figures);
    loops(families, figures.loops());
    rings(families, figures.rings());
    LogFamilies.add(families, figures.logs());
    JvmFigures.add(families);
    ExpositionFormatWriter writer = formats.findWriter(accept);
    var out = new ByteArrayOutputStream(16 << 10);
    try {
      writer.write(out, families.build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Response.of(200, writer.getContentType(), out.toByteArray());
  }

  private static void connections(Families to, Figures figures) {
    to.gauge("duet_connections", "Open connections", "transport", figures.connections());
    to.counter(
        "duet_connections_accepted",
        "Connections that were accepted",
        figures.traffic(TrafficFigures::accepted));
    to.counter(
        "duet_connections_turned_away",
        "Connections that were closed without an answer: too many, or of no trusted proxy",
        figures.traffic(TrafficFigures::turnedAway));
    to.counter("duet_requests", "HTTP requests", figures.traffic(TrafficFigures::requests));
    to.counter(
        "duet_refused",
        "Requests that were answered with an error, over HTTP and duet.v1",
        "reason",
        figures.refusals());
    to.counter(
        "duet_sent_bytes", "Bytes given to sockets", figures.traffic(TrafficFigures::bytesOut));
  }

  private static void publications(Families to, PublishFigures publishing) {
    var results = new TreeMap<String, Long>();
    results.put("published", publishing.published());
    results.put("duplicate", publishing.duplicates());
    publishing.refused().forEach((ErrorCode code, Long count) -> results.put(code.text(), count));
    to.counter("duet_publications", "Publications, by what became of them", "result", results);
    var bounds = new ArrayList<Double>();
    PublishFigures.BOUNDS.forEach(micros -> bounds.add(micros / 1e6));
    bounds.add(Double.POSITIVE_INFINITY);
    to.histogram(
        "duet_commit_seconds",
        "From an append to its commit",
        bounds,
        publishing.commits(),
        publishing.commitNanos() / NANOS);
    to.gauge(
        "duet_in_flight_bytes",
        "Bodies and publications between their first byte and their receipt",
        publishing.inFlightBytes());
    to.gauge(
        "duet_in_flight_max_bytes",
        "Most that these may be; publishers beyond are told to come back",
        publishing.maxInFlightBytes());
  }

  private static void calls(Families to, RpcFigures calls) {
    var results = new TreeMap<String, Long>();
    calls.ended().forEach((how, count) -> results.put(how.text(), count));
    to.counter("duet_rpc_calls", "Calls of methods, by how they ended", "result", results);
    var bounds = new ArrayList<Double>();
    RpcFigures.BOUNDS.forEach(millis -> bounds.add(millis / 1e3));
    bounds.add(Double.POSITIVE_INFINITY);
    to.histogram(
        "duet_rpc_seconds",
        "From the beginning of a call until its method has returned",
        bounds,
        calls.times(),
        calls.nanos() / NANOS);
    to.gauge("duet_rpc_under_way", "Calls whose method has not returned", calls.underWay());
    to.gauge("duet_rpc_max_under_way", "Most of these; calls beyond are refused", calls.most());
  }

  private static void deliveries(Families to, Figures figures) {
    to.counter(
        "duet_deliveries",
        "Publications given to readers, each counted once for each of them",
        "by",
        Map.of(
            "stream", figures.delivery(LoopFigures::streamed),
            "page", figures.delivery(LoopFigures::paged)));
    to.gauge(
        "duet_readers",
        "Streams and sockets that follow channels",
        "state",
        Map.of(
            "live", figures.delivery(LoopFigures::live),
            "behind", figures.delivery(LoopFigures::behind)));
    to.counter(
        "duet_gaps",
        "Gaps that readers were told",
        "reason",
        figures.byReason(loop -> loop.hub().gaps(), Gap.Reason::text));
    to.counter(
        "duet_streams_ended",
        "Streams that the server ended",
        "reason",
        figures.byReason(loop -> loop.hub().endings(), Ending.Reason::text));
    to.counter("duet_heartbeats", "Heartbeats sent", figures.delivery(LoopFigures::heartbeats));
    to.gauge(
        "duet_pages",
        "Pages for readers who are behind what the ring holds",
        "state",
        Map.of(
            "reading", figures.delivery(LoopFigures::pagesUnderWay),
            "waiting", figures.delivery(LoopFigures::pagesWaiting)));
  }

  private record Numbered(String number, LoopProbe.Sample sample) {}

  private static void loops(Families to, List<LoopProbe.Sample> samples) {
    List<Numbered> loops =
        IntStream.range(0, samples.size())
            .mapToObj(i -> new Numbered(Integer.toString(i), samples.get(i)))
            .toList();
    to.gauge(
        "duet_loop_late_seconds",
        "How much later than planned the last tick of an event loop came",
        "loop",
        loops,
        loop -> loop.sample.traffic().latenessNanos() / NANOS,
        Numbered::number);
    to.gauge(
        "duet_loop_answer_seconds",
        "How long an event loop took to answer this scrape, or has not answered",
        "loop",
        loops,
        loop -> loop.sample.answerNanos() / NANOS,
        Numbered::number);
    to.gauge(
        "duet_loop_lag_publications",
        "Publications that were announced to an event loop and that it has not taken",
        "loop",
        loops,
        loop -> loop.sample.hub().lag(),
        Numbered::number);
    to.gauge(
        "duet_loop_channels",
        "Channels that somebody on an event loop reads",
        "loop",
        loops,
        loop -> loop.sample.hub().channels(),
        Numbered::number);
    to.gauge(
        "duet_loop_deadlines",
        "Heartbeats, naps and long polls that an event loop waits for",
        "loop",
        loops,
        loop -> loop.sample.hub().deadlines(),
        Numbered::number);
  }

  private static void rings(Families to, List<RingFigures> rings) {
    to.gauge(
        "duet_ring_publications",
        "Publications that are ready to send",
        "log",
        rings,
        RingFigures::entries,
        RingFigures::log);
    to.gauge("duet_ring_bytes", "Their bytes", "log", rings, RingFigures::bytes, RingFigures::log);
    to.gauge(
        "duet_ring_frame_bytes",
        "Bytes outside the heap that their frames take",
        "log",
        rings,
        RingFigures::frameBytes,
        RingFigures::log);
    to.gauge(
        "duet_ring_max_bytes",
        "Most bytes that either may take",
        "log",
        rings,
        RingFigures::maxBytes,
        RingFigures::log);
    to.gauge(
        "duet_direct_bytes",
        "Memory outside the heap that the network library has taken",
        Math.max(0, PlatformDependent.usedDirectMemory()));
  }
}
