package dev.duet.app;

import dev.duet.app.config.Size;
import dev.duet.broker.disk.store.StoredLog;
import dev.duet.broker.disk.store.Verification;
import dev.duet.broker.disk.store.Verification.Problem;
import dev.duet.broker.disk.store.Verification.Result;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What `duet log verify` prints, as it finds it.
final class LogVerdict {
  private LogVerdict() {}

  /// @return the exit code
  static int text(List<StoredLog> logs, PrintWriter out) throws IOException {
    long problems = 0;
    for (StoredLog log : logs) {
      Result result = Verification.verify(log, problem -> out.println(problem));
      problems += result.problems();
      out.println(
          "%s: %s in %s, %s: %s"
              .formatted(
                  log.durability().text(),
                  LogReport.count(result.records(), "record"),
                  LogReport.count(result.segments(), "segment"),
                  new Size(result.bytes()).rounded(),
                  told(result)));
      if (result.tail() != null) {
        out.println("  (no problem: " + result.tail() + ")");
      }
      out.flush();
    }
    return problems == 0 ? 0 : Complaints.FAILED;
  }

  private static String told(Result result) {
    if (result.problems() == 0) {
      return "all is well";
    }
    long fresh = result.problems() - result.known();
    return "%s, %d known and %d new"
        .formatted(LogReport.count(result.problems(), "problem"), result.known(), fresh);
  }

  /// @return the exit code
  static int json(List<StoredLog> logs, PrintWriter out) throws IOException {
    long problems = 0;
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeArrayPropertyStart("logs");
      for (StoredLog log : logs) {
        json.writeStartObject();
        json.writeStringProperty("log", log.durability().text());
        json.writeArrayPropertyStart("problems");
        Result result = Verification.verify(log, problem -> write(json, problem));
        json.writeEndArray();
        json.writeNumberProperty("segments", result.segments());
        json.writeNumberProperty("records", result.records());
        json.writeNumberProperty("bytes", result.bytes());
        json.writeStringProperty("tail", result.tail());
        json.writeEndObject();
        problems += result.problems();
      }
      json.writeEndArray();
      json.writeBooleanProperty("ok", problems == 0);
      json.writeEndObject();
      json.writeRaw("\n");
    }
    return problems == 0 ? 0 : Complaints.FAILED;
  }

  private static void write(JsonGenerator json, Problem problem) {
    json.writeStartObject();
    json.writeStringProperty("file", problem.file());
    if (problem.from() >= 0) {
      json.writeNumberProperty("from", problem.from());
      json.writeNumberProperty("to", problem.to());
    }
    if (problem.channel() != null) {
      json.writeStringProperty("channel", problem.channel());
    }
    if (problem.offset() >= 0) {
      json.writeNumberProperty("offset", problem.offset());
    }
    json.writeStringProperty("what", problem.what());
    json.writeBooleanProperty("known", problem.known());
    json.writeEndObject();
  }
}
