package dev.duet.app.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// One run: connects, publishes, measures, reports. [#run()] blocks; [#breakOff()] ends it early,
/// from any thread, with what there is by then.
public final class Bench {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long LEAD = TimeUnit.MILLISECONDS.toNanos(20);
  private static final double STORED_PER_SECOND = 5_000;
  private static final Pattern CURSOR = Pattern.compile("\"cursor\":\"([^\"\\\\]+)\"");

  private final Plan plan;
  private final Consumer<String> progress;
  private final BenchClock clock = new BenchClock();
  private final Waiting waiting = new Waiting(clock);
  private final Processes server;

  private volatile @Nullable Audience listening;
  private @Nullable Schedule schedule;
  private Processes.Usage before = new Processes.Usage(0, 0);
  private Processes.Usage connected = before;

  /// @param progress hears now and then how far it is, a line each
  public Bench(Plan plan, Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
    this.server = new Processes(Path.of("/proc"), plan.pids());
  }

  /// Ends the run with what there is.
  public void breakOff() {
    waiting.breakOff();
  }

  /// Messages that came so far.
  long deliveries() {
    Audience running = listening;
    return running == null ? 0 : running.sum(Tally::deliveries);
  }

  /// @throws BenchException if it cannot begin, or the server's process is gone
  public Report run() throws InterruptedException {
    OpenFiles.ofThisProcess().require(plan);
    URI base = plan.target().base();
    var address = new InetSocketAddress(base.getHost(), Target.port(base));
    if (address.isUnresolved()) {
      throw new BenchException("'" + base.getHost() + "' is not the name of an address");
    }
    Sample[] window;
    Audience audience;
    Publisher publisher;
    OwnLoops loops;
    try (var sockets = new Sockets(plan.threads())) {
      audience = new Audience(plan, clock, sockets);
      listening = audience;
      publisher = new Publisher(plan, clock, sockets);
      loops = new OwnLoops(sockets.readers(), clock);
      window =
          plan.load().missed() > 0
              ? storm(audience, publisher, loops, address)
              : steady(audience, publisher, loops, address);
      publisher.stop();
      audience.end();
    }
    return report(audience, publisher, loops, window[0], window[1]);
  }

  // ---- the usual run

  private Sample[] steady(
      Audience audience, Publisher publisher, OwnLoops loops, InetSocketAddress address)
      throws InterruptedException {
    before = server.usage();
    if (plan.load().subscribers() > 0) {
      long began = clock.getAsLong();
      audience.connect(address, waiting);
      progress.accept(
          "%,d of %,d subscribers are connected, in %s"
              .formatted(audience.open(), plan.load().subscribers(), since(began)));
    }
    waiting.until(clock.getAsLong() + plan.times().settle().toNanos());
    connected = server.usage();
    long start = clock.getAsLong() + LEAD;
    if (!plan.listensOnly()) {
      connect(publisher);
      start = clock.getAsLong() + LEAD;
    }
    long from = start + plan.times().warmup().toNanos();
    long to = from + plan.times().duration().toNanos();
    audience.measure(from, to);
    if (!plan.listensOnly()) {
      begin(publisher, start, plan.load().rate(), (to - start) / (double) SECOND, from, to);
    }
    waiting.until(from);
    var first = sample(audience, publisher, loops);
    loops.measure();
    for (long next = from + SECOND; next < to && !waiting.isBrokenOff(); next += SECOND) {
      waiting.until(next);
      tell(audience, first);
    }
    waiting.until(to);
    var last = sample(audience, publisher, loops);
    loops.measured();
    drain(audience, publisher);
    return new Sample[] {first, last};
  }

  private void begin(
      Publisher publisher, long start, double rate, double seconds, long from, long to) {
    long count = Math.max(1, (long) Math.ceil(rate * seconds));
    schedule = new Schedule(start, rate, plan.load().burst(), plan.load().channels(), count);
    publisher.start(schedule, from, to);
  }

  private void connect(Publisher publisher) throws InterruptedException {
    try {
      publisher.connect().get(plan.times().timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new BenchException(why(e), e);
    } catch (TimeoutException e) {
      throw new BenchException("the publisher cannot connect: no answer in time", e);
    }
  }

  private static String why(ExecutionException e) {
    Throwable cause = e.getCause();
    return String.valueOf((cause == null ? e : cause).getMessage());
  }

  private void tell(Audience audience, Sample first) {
    long now = clock.getAsLong();
    double seconds = Math.max(1e-3, (now - first.at) / (double) SECOND);
    progress.accept(
        "%s: %,.0f deliveries/s"
            .formatted(
                since(first.at), (audience.sum(Tally::deliveries) - first.deliveries) / seconds));
  }

  private String since(long time) {
    return ReportText.time((clock.getAsLong() - time) / 1_000);
  }

  /// Waits until everything has come, or the time is up.
  private void drain(Audience audience, Publisher publisher) throws InterruptedException {
    long until = clock.getAsLong() + plan.times().drain().toNanos();
    boolean wasBrokenOff = waiting.isBrokenOff();
    if (plan.listensOnly() || wasBrokenOff) {
      return;
    }
    while (!publisher.isSettled()
        || audience.sum(Tally::distinct) < expected(audience, publisher)) {
      if (clock.getAsLong() - until >= 0 || waiting.shortly()) {
        return;
      }
    }
    // What comes twice comes late as well.
    waiting.until(clock.getAsLong() + plan.times().settle().toNanos());
  }

  private long expected(Audience audience, Publisher publisher) {
    if (audience.open() < plan.load().subscribers()) {
      return Long.MAX_VALUE;
    }
    Schedule messages = schedule;
    if (messages == null) {
      return 0;
    }
    long expected = 0;
    for (int channel = 0; channel < plan.load().channels(); channel++) {
      expected +=
          messages.lastSequence(channel, publisher.handled()) * plan.load().subscribersOf(channel);
    }
    for (long failed : publisher.failures()) {
      expected -= plan.load().subscribersOf(messages.channel(failed));
    }
    return expected;
  }

  // ---- the storm of returns

  private Sample[] storm(
      Audience audience, Publisher publisher, OwnLoops loops, InetSocketAddress address)
      throws InterruptedException {
    audience.returnFrom(cursor());
    connect(publisher);
    long count = (long) plan.load().missed() * plan.load().channels();
    double rate = Math.min(STORED_PER_SECOND, count);
    begin(publisher, clock.getAsLong() + LEAD, rate, count / rate, Long.MAX_VALUE, Long.MAX_VALUE);
    long until =
        clock.getAsLong() + (long) (count / rate * SECOND) + plan.times().drain().toNanos();
    while (publisher.handled() < count || !publisher.isSettled()) {
      if (clock.getAsLong() - until >= 0 || waiting.shortly()) {
        throw new BenchException("what is to be missed could not be published in time");
      }
    }
    progress.accept("%,d publications are there to be missed".formatted(count));
    before = server.usage();
    var first = sample(audience, publisher, loops);
    loops.measure();
    audience.connect(address, waiting);
    progress.accept("%,d subscribers are back".formatted(audience.open()));
    long end = clock.getAsLong() + plan.times().drain().toNanos();
    while (audience.sum(Tally::distinct) < expected(audience, publisher)) {
      if (clock.getAsLong() - end >= 0 || waiting.shortly()) {
        break;
      }
    }
    var last = sample(audience, publisher, loops);
    loops.measured();
    connected = server.usage();
    waiting.until(clock.getAsLong() + plan.times().settle().toNanos());
    return new Sample[] {first, last};
  }

  private String cursor() throws InterruptedException {
    URI uri = plan.target().base().resolve("/cursor");
    Duration timeout = plan.times().timeout();
    try (var client = HttpClient.newBuilder().connectTimeout(timeout).build()) {
      var request = HttpRequest.newBuilder(uri).timeout(timeout).build();
      String body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      Matcher cursor = CURSOR.matcher(body);
      if (!cursor.find()) {
        throw new BenchException("a storm of returns needs Duet: " + uri + " gives no cursor");
      }
      return cursor.group(1);
    } catch (IOException e) {
      throw new BenchException("no answer from " + uri + ": " + e.getMessage(), e);
    }
  }

  // ---- the report

  private record Sample(
      long at,
      long deliveries,
      long reads,
      long begun,
      Processes.Usage server,
      double clientCpu,
      long[] loopsCpu,
      String machine) {}

  private Sample sample(Audience audience, Publisher publisher, OwnLoops loops) {
    return new Sample(
        clock.getAsLong(),
        audience.sum(Tally::deliveries),
        audience.sum(Tally::reads),
        publisher.handled(),
        server.usage(),
        ownCpuSeconds(),
        loops.cpuNanos(),
        server.machine());
  }

  private static double ownCpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime() / 1e9
        : 0;
  }

  private Report report(
      Audience audience, Publisher publisher, OwnLoops loops, Sample from, Sample to) {
    var latency = new Histogram(3);
    var last = new Histogram(3);
    var connect = new Histogram(3);
    var returned = new Histogram(3);
    for (Tally tally : audience.tallies()) {
      latency.add(tally.latency);
      last.add(tally.last);
      connect.add(tally.connect);
      returned.add(tally.returned);
    }
    double seconds = Math.max(1e-3, (to.at - from.at) / (double) SECOND);
    Schedule messages = schedule;
    Audience.Owed owed = owed(audience, publisher, messages);
    double loopBusy = 0;
    for (int i = 0; i < to.loopsCpu.length; i++) {
      loopBusy = Math.max(loopBusy, (to.loopsCpu[i] - from.loopsCpu[i]) / 1e9 / seconds);
    }
    var client =
        new Report.Client(
            to.clientCpu - from.clientCpu,
            loopBusy,
            Percentiles.of(loops.lag()),
            Percentiles.of(publisher.late),
            Percentiles.of(publisher.held),
            Processes.busy(from.machine, to.machine));
    Percentiles latencies = Percentiles.of(latency);
    var bottleneck =
        new Bottleneck(
            loopBusy,
            client.lag().p99(),
            client.publisherLate().p99(),
            plan.load().missed() > 0 ? Percentiles.of(returned).p99() : latencies.p99(),
            plan.listensOnly() || plan.load().missed() > 0 ? 0 : plan.load().rate(),
            (to.begun - from.begun) / seconds,
            client.machineBusy());
    return new Report(
        plan,
        waiting.isBrokenOff(),
        seconds,
        audience.open(),
        plan.load().subscribers() - audience.open(),
        audience.gone(),
        publisher.handled(),
        publisher.acknowledged(),
        publisher.failed(),
        owed.due(),
        audience.sum(Tally::deliveries),
        owed.missing(),
        audience.sum(tally -> tally.repeated),
        audience.sum(tally -> tally.outOfOrder),
        audience.sum(tally -> tally.misdelivered),
        to.deliveries - from.deliveries,
        to.reads - from.reads,
        Percentiles.of(connect),
        latencies,
        Percentiles.of(last),
        Percentiles.of(publisher.answered),
        Percentiles.of(returned),
        plan.load().missed() > 0 ? seconds : 0,
        serverUsage(from, to),
        client,
        audience.trouble().isEmpty() ? publisher.trouble() : audience.trouble(),
        bottleneck.notes());
  }

  private Audience.Owed owed(Audience audience, Publisher publisher, @Nullable Schedule messages) {
    if (messages == null) {
      return audience.owed(audience.highest(), (channel, sequence) -> false);
    }
    long[] lastOf = new long[plan.load().channels()];
    Arrays.setAll(lastOf, channel -> messages.lastSequence(channel, publisher.handled()));
    return audience.owed(
        lastOf, (channel, sequence) -> publisher.isFailed(messages.message(channel, sequence)));
  }

  private Report.Server serverUsage(Sample from, Sample to) {
    if (server.isEmpty()) {
      return Report.Server.UNKNOWN;
    }
    return new Report.Server(
        to.server.cpuSeconds() - from.server.cpuSeconds(),
        connected.cpuSeconds() - before.cpuSeconds(),
        before.residentBytes(),
        connected.residentBytes(),
        to.server.residentBytes());
  }
}
