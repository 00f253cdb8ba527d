package dev.duet.app.bench;

import java.io.StringWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// A report for programs: one JSON object. Times are in microseconds where the name ends in
/// `Micros`.
final class ReportJson {
  private final Report report;
  private final JsonGenerator json;

  private ReportJson(Report report, JsonGenerator json) {
    this.report = report;
    this.json = json;
  }

  static String of(Report report) {
    var text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      new ReportJson(report, json).write();
    }
    return text.toString();
  }

  private void write() {
    json.writeStartObject();
    plan(report.plan());
    json.writeBooleanProperty("clean", report.isClean());
    json.writeBooleanProperty("brokenOff", report.brokenOff());
    json.writeNumberProperty("seconds", report.seconds());
    json.writeNumberProperty("connected", report.connected());
    json.writeNumberProperty("refused", report.refused());
    json.writeNumberProperty("gone", report.gone());
    json.writeNumberProperty("published", report.published());
    json.writeNumberProperty("acknowledged", report.acknowledged());
    json.writeNumberProperty("unpublished", report.unpublished());
    json.writeNumberProperty("owed", report.owed());
    json.writeNumberProperty("deliveries", report.deliveries());
    json.writeNumberProperty("lost", report.lost());
    json.writeNumberProperty("repeated", report.repeated());
    json.writeNumberProperty("outOfOrder", report.outOfOrder());
    json.writeNumberProperty("misdelivered", report.misdelivered());
    number("deliveriesPerSecond", report.deliveriesPerSecond());
    number("deliveriesPerRead", report.deliveriesPerRead());
    number("returnSeconds", report.returnSeconds());
    percentiles("connectMicros", report.connect());
    percentiles("latencyMicros", report.latency());
    percentiles("lastMicros", report.last());
    percentiles("answeredMicros", report.answered());
    percentiles("returnedMicros", report.returned());
    if (!report.plan().pids().isEmpty()) {
      server(report.server());
    }
    client(report.client());
    json.writeStringProperty("trouble", report.trouble());
    json.writeArrayPropertyStart("notes");
    report.notes().forEach(json::writeString);
    json.writeEndArray();
    json.writeEndObject();
  }

  private void plan(Plan plan) {
    json.writeStringProperty("server", plan.target().base().toString());
    json.writeStringProperty("transport", plan.target().form().text());
    json.writeStringProperty("run", plan.run());
    json.writeNumberProperty("subscribers", plan.load().subscribers());
    json.writeNumberProperty("channels", plan.load().channels());
    json.writeNumberProperty("rate", plan.load().rate());
    json.writeNumberProperty("burst", plan.load().burst());
    json.writeNumberProperty("payloadBytes", plan.load().payloadBytes());
    json.writeNumberProperty("missed", plan.load().missed());
  }

  private void server(Report.Server server) {
    json.writeObjectPropertyStart("serverProcess");
    number("cpuSeconds", server.cpuSeconds());
    number("cpuMicrosPerDelivery", report.serverMicros());
    number("connectCpuSeconds", server.connectCpuSeconds());
    json.writeNumberProperty("residentBefore", server.residentBefore());
    json.writeNumberProperty("residentConnected", server.residentConnected());
    json.writeNumberProperty("residentAfter", server.residentAfter());
    number("residentPerConnection", report.residentPerConnection());
    number("cpuOverBench", report.serverOverClient());
    json.writeEndObject();
  }

  private void client(Report.Client client) {
    json.writeObjectPropertyStart("bench");
    number("cpuSeconds", client.cpuSeconds());
    number("cpuMicrosPerDelivery", report.clientMicros());
    number("loopBusy", client.loopBusy());
    percentiles("loopLagMicros", client.lag());
    percentiles("publisherLateMicros", client.publisherLate());
    percentiles("publishHeldMicros", client.held());
    number("machineBusy", client.machineBusy());
    json.writeEndObject();
  }

  private void percentiles(String name, Percentiles of) {
    if (of.count() == 0) {
      return;
    }
    json.writeObjectPropertyStart(name);
    json.writeNumberProperty("count", of.count());
    json.writeNumberProperty("p50", of.p50());
    json.writeNumberProperty("p90", of.p90());
    json.writeNumberProperty("p99", of.p99());
    json.writeNumberProperty("p99.9", of.p999());
    json.writeNumberProperty("max", of.max());
    json.writeEndObject();
  }

  private void number(String name, double value) {
    if (Double.isFinite(value)) {
      json.writeNumberProperty(name, Math.round(value * 1e6) / 1e6);
    }
  }
}
