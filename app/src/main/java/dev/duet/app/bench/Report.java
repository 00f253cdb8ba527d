package dev.duet.app.bench;

import java.util.List;

/// What came of a run. Rates, CPU and latencies are those of the measured window, counts those of
/// the whole run.
///
/// @param plan what was run
/// @param brokenOff whether it was ended before its time
/// @param seconds length of the window
/// @param connected subscribers whose stream was opened
/// @param refused subscribers whose stream was not
/// @param gone subscribers whose stream ended before the run did
/// @param published messages that were due
/// @param acknowledged messages that the server answered with a 2xx status
/// @param unpublished messages that it did not
/// @param owed messages that subscribers should have got, all together
/// @param deliveries messages that came, repeats included
/// @param lost of those owed and published, how many did not come
/// @param repeated how many came again
/// @param outOfOrder how many came after a later one
/// @param misdelivered how many were of another channel
/// @param deliveriesInWindow messages that came in the window
/// @param readsInWindow reads from sockets in it: fewer than deliveries where a server puts several
///     into one write
/// @param connect from the first attempt to connect to an open stream
/// @param latency due to delivery
/// @param last due to the delivery to the last subscriber of the channel
/// @param answered due to the publish's answer
/// @param returned storm of returns: from the attempt to connect to the last of the missed
/// @param returnSeconds storm of returns: from the first attempt to the last delivery
/// @param server what the server used; zeros without process ids
/// @param client what the bench used
/// @param trouble what went wrong first, in the words of whoever said it; empty if nothing did
/// @param notes what to know when reading this: where the bench was the bottleneck
public record Report(
    Plan plan,
    boolean brokenOff,
    double seconds,
    int connected,
    int refused,
    int gone,
    long published,
    long acknowledged,
    int unpublished,
    long owed,
    long deliveries,
    long lost,
    long repeated,
    long outOfOrder,
    long misdelivered,
    long deliveriesInWindow,
    long readsInWindow,
    Percentiles connect,
    Percentiles latency,
    Percentiles last,
    Percentiles answered,
    Percentiles returned,
    double returnSeconds,
    Server server,
    Client client,
    String trouble,
    List<String> notes) {
  public Report {
    notes = List.copyOf(notes);
  }

  /// @param cpuSeconds in the window
  /// @param connectCpuSeconds while subscribers connected (in a storm of returns: until all had
  ///     what they missed)
  /// @param residentBefore bytes of resident memory before the first connection
  /// @param residentConnected with all connections, before the first message
  /// @param residentAfter at the end of the window
  public record Server(
      double cpuSeconds,
      double connectCpuSeconds,
      long residentBefore,
      long residentConnected,
      long residentAfter) {
    static final Server UNKNOWN = new Server(0, 0, 0, 0, 0);
  }

  /// @param cpuSeconds of the whole process, in the window
  /// @param loopBusy share of a core that the busiest reading loop used
  /// @param lag how late the reading loops came to what was due
  /// @param publisherLate how late the publisher came to what was due
  /// @param held how long messages then waited for earlier publishes to be answered
  /// @param machineBusy share of the machine's CPUs that all programs used
  public record Client(
      double cpuSeconds,
      double loopBusy,
      Percentiles lag,
      Percentiles publisherLate,
      Percentiles held,
      double machineBusy) {}

  /// Whether everybody connected and got everything once and in order.
  public boolean isClean() {
    return refused + gone + unpublished == 0
        && lost + repeated + outOfOrder + misdelivered == 0
        && (connected == 0 || deliveries > 0 || published == 0);
  }

  /// Microseconds of the server's CPU per delivery; NaN if unknown.
  public double serverMicros() {
    return perDelivery(server.cpuSeconds);
  }

  /// Microseconds of the bench's own CPU per delivery.
  public double clientMicros() {
    return perDelivery(client.cpuSeconds);
  }

  /// The server's CPU over the bench's own: the measure that moves least with the machine.
  public double serverOverClient() {
    return client.cpuSeconds == 0 ? Double.NaN : server.cpuSeconds / client.cpuSeconds;
  }

  public double deliveriesPerSecond() {
    return seconds == 0 ? 0 : deliveriesInWindow / seconds;
  }

  public double deliveriesPerRead() {
    return readsInWindow == 0 ? 0 : (double) deliveriesInWindow / readsInWindow;
  }

  /// Resident bytes of the server per connection.
  public double residentPerConnection() {
    return connected == 0
        ? Double.NaN
        : (double) (server.residentConnected - server.residentBefore) / connected;
  }

  private double perDelivery(double seconds) {
    return deliveriesInWindow == 0 ? Double.NaN : seconds * 1e6 / deliveriesInWindow;
  }
}
