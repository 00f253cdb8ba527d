package dev.duet.app.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Whether the figures show the server or the bench itself.
///
/// @param loopBusy share of a core that the busiest reading loop used, from 0 to 1
/// @param lagP99 how late the reading loops came to what was due, in microseconds
/// @param publisherLateP99 how late the publisher came to what was due, in microseconds
/// @param latencyP99 due to delivery, in microseconds
/// @param askedRate messages a second that were to be published in the window
/// @param begunRate messages a second that the publisher came to in it
/// @param machineBusy share of the machine's CPUs that all programs together used, from 0 to 1
record Bottleneck(
    double loopBusy,
    long lagP99,
    long publisherLateP99,
    long latencyP99,
    double askedRate,
    double begunRate,
    double machineBusy) {
  /// Beyond it, a loop that reads has no reserve for the moments in which much comes.
  static final double BUSY_LOOP = 0.85;

  static final double BUSY_MACHINE = 0.95;

  /// A delay of the bench's own matters when it is more than this share of what is measured …
  static final double SHARE_OF_LATENCY = 0.5;

  /// … and more than this, in microseconds.
  static final long LEAST_DELAY = 2_000;

  static final double BEHIND_SCHEDULE = 0.97;

  /// What to know when reading the figures; empty if the bench was not the bottleneck.
  List<String> notes() {
    var notes = new ArrayList<String>();
    if (loopBusy > BUSY_LOOP) {
      notes.add(
          "The bench itself was the bottleneck: a loop that reads used %s of a core. Give it more --threads, or less to do."
              .formatted(percent(loopBusy)));
    }
    if (matters(lagP99)) {
      notes.add(
          "Much of the latency is the bench's own: its loops were up to %s late (p99), where messages took %s."
              .formatted(ReportText.time(lagP99), ReportText.time(latencyP99)));
    }
    if (matters(publisherLateP99)) {
      notes.add(
          "The publisher was up to %s behind its schedule (p99), which counts in the latencies."
              .formatted(ReportText.time(publisherLateP99)));
    }
    if (askedRate > 0 && begunRate < askedRate * BEHIND_SCHEDULE) {
      notes.add(
          "The publisher came to %.1f messages a second of %.1f.".formatted(begunRate, askedRate));
    }
    if (machineBusy > BUSY_MACHINE) {
      notes.add(
          "The machine's CPUs were %s busy: server, bench and others took them from each other. Latencies are those of an overloaded machine; CPU per delivery still holds."
              .formatted(percent(machineBusy)));
    }
    return notes;
  }

  private boolean matters(long delay) {
    return delay > LEAST_DELAY && delay > latencyP99 * SHARE_OF_LATENCY;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", share * 100);
  }
}
