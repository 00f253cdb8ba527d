package dev.duet.app;

import dev.duet.app.config.Size;
import dev.duet.broker.LogIds;
import dev.duet.broker.disk.store.ChannelTotals;
import dev.duet.broker.disk.store.ChannelTotals.Total;
import dev.duet.broker.disk.store.ChannelTotals.Totals;
import dev.duet.broker.disk.store.Epoch;
import dev.duet.broker.disk.store.Hole;
import dev.duet.broker.disk.store.LogFacts;
import dev.duet.broker.disk.store.StoredLog;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What `duet log inspect` prints.
final class LogReport {
  /// Ids that it had, of those that are shown to people.
  private static final int SHOWN_IDS = 4;

  private final Path directory;
  private final boolean channels;
  private final int limit;
  private final List<Part> parts = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();

  private record Part(LogFacts facts, @Nullable Totals totals) {}

  /// @param limit most channels of each log
  LogReport(Path directory, boolean channels, int limit) {
    this.directory = directory;
    this.channels = channels;
    this.limit = limit;
  }

  void add(StoredLog log) throws IOException {
    parts.add(new Part(LogFacts.of(log), channels ? ChannelTotals.of(log, limit) : null));
  }

  /// How many, such as `1 record` and `2 records`.
  static String count(long number, String one) {
    return number + " " + one + (number == 1 ? "" : "s");
  }

  /// An offset of the embedded log as a time, to the millisecond.
  static String time(long offset) {
    return offset <= 0
        ? "-"
        : Instant.ofEpochMilli(offset / 1000).truncatedTo(ChronoUnit.MILLIS).toString();
  }

  // ---- for people

  String text() {
    line("Data directory: " + directory);
    for (Part part : parts) {
      log(part.facts);
      if (part.totals != null) {
        channels(part.totals);
      }
    }
    return text.toString().stripTrailing();
  }

  private void log(LogFacts facts) {
    line("");
    line("Log '" + facts.name() + "': " + told(facts.condition()));
    line("  id        " + facts.ids().current());
    List<LogIds.Past> before = facts.ids().past();
    for (LogIds.Past past : before.subList(0, Math.min(SHOWN_IDS, before.size()))) {
      line("  before    %s, up to %d (%s)".formatted(past.id(), past.end(), time(past.end())));
    }
    if (before.size() > SHOWN_IDS) {
      line("            and %d more".formatted(before.size() - SHOWN_IDS));
    }
    line("  position  %d (%s)".formatted(facts.position(), time(facts.position())));
    line(
        "  size      %s, %s in %s"
            .formatted(
                new Size(facts.bytes()).rounded(),
                count(facts.records(), "record"),
                count(facts.segments().size(), "segment")));
    for (Epoch epoch : facts.epochs()) {
      line("  since     %d (%s)".formatted(epoch.offset(), time(epoch.offset())));
      for (Epoch.Family one : epoch.families()) {
        line(
            "            %s: durability %s, %s"
                .formatted(
                    one.pattern(),
                    one.durability().text(),
                    one.mode().name().toLowerCase(Locale.ROOT)));
      }
    }
    new TreeMap<>(facts.floors())
        .forEach(
            (pattern, floor) -> {
              if (floor > 0) {
                line(
                    "  floor     %s: %d (%s): channels up to there are forgotten"
                        .formatted(pattern, floor, time(floor)));
              }
            });
    for (Hole hole : facts.holes()) {
      line(
          "  HOLE      from %d (%s) to %d (%s): lost"
              .formatted(hole.from(), time(hole.from()), hole.to(), time(hole.to())));
    }
    line("  segments  number      records  channels  data       index      first and last");
    for (LogFacts.Segment one : facts.segments()) {
      line(
          "            %010d%s %8d %9d  %-10s %-10s %s %s"
              .formatted(
                  one.number(),
                  one.sealed() ? " " : "*",
                  one.records(),
                  one.channels(),
                  new Size(one.dataBytes()).rounded(),
                  one.sealed() ? new Size(one.indexBytes()).rounded() : "-",
                  time(one.first()),
                  time(one.last())));
      one.troubles().forEach(bad -> line("  PROBLEM   " + bad.file() + ": " + bad.what()));
    }
    if (facts.segments().stream().anyMatch(one -> !one.sealed())) {
      line("            * is written, and has no index yet");
    }
  }

  private static String told(StoredLog.Condition condition) {
    return switch (condition) {
      case STOPPED -> "stopped cleanly";
      case IN_USE -> "in use, or it ended without a stop";
      case BACKUP -> "a backup";
      case COPY -> "a copy of another folder; a start gives it a new id";
      case UNKNOWN -> "how it ended is not known; a start gives it a new id";
    };
  }

  private void channels(Totals totals) {
    line(
        totals.channels() > totals.largest().size()
            ? "  channels  the largest %d of %d"
                .formatted(totals.largest().size(), totals.channels())
            : "  channels  %d".formatted(totals.channels()));
    line("            records  bytes      last                      channel");
    for (Total one : totals.largest()) {
      line(
          "            %7d  %-10s %-25s %s%s"
              .formatted(
                  one.records(),
                  new Size(one.bytes()).rounded(),
                  time(one.tail()),
                  one.channel(),
                  one.latest() ? " (latest per key)" : ""));
    }
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  // ---- for programs

  String json() {
    var out = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("directory", directory.toString());
      json.writeArrayPropertyStart("logs");
      parts.forEach(part -> log(json, part));
      json.writeEndArray();
      json.writeEndObject();
    }
    return out.toString();
  }

  private static void log(JsonGenerator json, Part part) {
    LogFacts facts = part.facts;
    json.writeStartObject();
    json.writeStringProperty("log", facts.name());
    json.writeStringProperty("id", facts.ids().current());
    json.writeStringProperty(
        "condition", facts.condition().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    json.writeNumberProperty("position", facts.position());
    json.writeStringProperty("positionTime", time(facts.position()));
    json.writeNumberProperty("bytes", facts.bytes());
    json.writeNumberProperty("records", facts.records());
    json.writeArrayPropertyStart("past");
    for (LogIds.Past past : facts.ids().past()) {
      json.writeStartObject();
      json.writeStringProperty("id", past.id());
      json.writeNumberProperty("end", past.end());
      json.writeEndObject();
    }
    json.writeEndArray();
    epochs(json, facts);
    json.writeObjectPropertyStart("floors");
    new TreeMap<>(facts.floors()).forEach(json::writeNumberProperty);
    json.writeEndObject();
    json.writeArrayPropertyStart("holes");
    for (Hole hole : facts.holes()) {
      json.writeStartObject();
      json.writeNumberProperty("from", hole.from());
      json.writeNumberProperty("to", hole.to());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("segments");
    facts.segments().forEach(one -> segment(json, one));
    json.writeEndArray();
    if (part.totals != null) {
      channels(json, part.totals);
    }
    json.writeEndObject();
  }

  private static void epochs(JsonGenerator json, LogFacts facts) {
    json.writeArrayPropertyStart("epochs");
    for (Epoch epoch : facts.epochs()) {
      json.writeStartObject();
      json.writeNumberProperty("offset", epoch.offset());
      json.writeArrayPropertyStart("namespaces");
      for (Epoch.Family one : epoch.families()) {
        json.writeStartObject();
        json.writeStringProperty("pattern", one.pattern());
        json.writeStringProperty("durability", one.durability().text());
        json.writeStringProperty("mode", one.mode().name().toLowerCase(Locale.ROOT));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void segment(JsonGenerator json, LogFacts.Segment one) {
    json.writeStartObject();
    json.writeNumberProperty("number", one.number());
    json.writeBooleanProperty("sealed", one.sealed());
    json.writeNumberProperty("first", one.first());
    json.writeNumberProperty("last", one.last());
    json.writeNumberProperty("records", one.records());
    json.writeNumberProperty("channels", one.channels());
    json.writeNumberProperty("dataBytes", one.dataBytes());
    json.writeNumberProperty("indexBytes", one.indexBytes());
    json.writeArrayPropertyStart("problems");
    one.troubles().forEach(bad -> json.writeString(bad.file() + ": " + bad.what()));
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void channels(JsonGenerator json, Totals totals) {
    json.writeNumberProperty("channelCount", totals.channels());
    json.writeArrayPropertyStart("channels");
    for (Total one : totals.largest()) {
      json.writeStartObject();
      json.writeStringProperty("channel", one.channel());
      json.writeBooleanProperty("latest", one.latest());
      json.writeNumberProperty("records", one.records());
      json.writeNumberProperty("bytes", one.bytes());
      json.writeNumberProperty("tail", one.tail());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
