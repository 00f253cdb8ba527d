package dev.duet.server.hub;

import dev.duet.broker.Durability;
import dev.duet.broker.Late;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.DiskSettings;
import dev.duet.broker.disk.MortalBroker;
import dev.duet.broker.disk.store.SegmentLimits;
import dev.duet.broker.memory.LateBroker;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Start;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/// One seeded schedule of the whole of delivery: loops, outlets, clients and a broker with two logs
/// that commits late, every choice by one random number generator. What clients got is checked
/// against what was committed, after every message (see [SimKnowledge]) and at the end.
final class Simulation {
  private static final List<String> CHANNELS =
      List.of("h.a", "h.b", "h.c", "l.a", "l.b", "n.a", "H.a", "H.b", "L.a", "s.a");

  private final Random random;

  /// The channels of this schedule: often few, so that many read the same.
  private final List<String> channels;
  private final boolean onDisk;
  private final Late broker;
  private final SimFate fate;
  private SimBroker seen;
  private final SimTruth truth;
  private final SimKeys used;
  private final HubSettings settings;
  private Hub hub;
  private final List<SimLoop> threads = new ArrayList<>();
  private final List<HubLoop> loops = new ArrayList<>();
  private final List<SimReader> clients = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private long number;

  /// How many of four readers hold several subscriptions.
  private final int bundles;

  /// @param onDisk whether its logs are on a disk; else they are in memory
  Simulation(long seed, boolean onDisk) {
    this.onDisk = onDisk;
    random = new Random(seed);
    var shuffled = new ArrayList<>(CHANNELS);
    Collections.shuffle(shuffled, random);
    bundles = random.nextInt(5);
    boolean few = random.nextInt(4) >= bundles && random.nextBoolean();
    channels = List.copyOf(shuffled.subList(0, 1 + random.nextInt(few ? 3 : 10)));
    if (onDisk) {
      var disk = new MortalBroker(namespaces(), seed, this::small);
      broker = disk;
      truth = new SimTruth(broker);
      fate = new SimDiskFate(disk, truth, random, CHANNELS);
    } else {
      var memory =
          new LateBroker(
              namespaces(),
              List.of("one", "two"),
              channel -> Character.isUpperCase(channel.charAt(0)) ? 1 : 0,
              seed,
              settings -> settings.withMaxBytes(4_000 + random.nextInt(40_000)));
      broker = memory;
      truth = new SimTruth(broker);
      fate = new SimMemoryFate(memory, truth, random);
    }
    used = new SimKeys(truth, broker.clocks());
    seen = new SimBroker(broker, random);
    publishSome(random.nextInt(30));
    settings =
        new HubSettings(
            200 + random.nextInt(5_000),
            2 << random.nextInt(6),
            1 + random.nextInt(random.nextBoolean() ? 1 : 4),
            1_000_000,
            1 + random.nextInt(1_500),
            1 + random.nextInt(6),
            1 + random.nextInt(1_500),
            1 + random.nextInt(3),
            Duration.ofSeconds(5),
            1_000,
            1_000);
    startHub();
    int readers =
        1
            + random.nextInt(
                switch (random.nextInt(5) + bundles / 3) {
                  case 0 -> 30;
                  case 1, 2 -> 12;
                  default -> 4;
                });
    for (int i = 0; i < readers; i++) {
      clients.add(newClient());
    }
  }

  private void startHub() {
    hub = new Hub(seen, settings, broker.clocks()::nanos);
    threads.clear();
    loops.clear();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      var thread = new SimLoop(broker.clocks()::nanos);
      threads.add(thread);
      loops.add(hub.addLoop(thread));
    }
  }

  private Namespaces namespaces() {
    Retention small =
        Retention.DEFAULT
            .withMaxCount(1 + random.nextInt(20))
            .withMaxBytes(200 + random.nextInt(3_000))
            .withMaxAge(Duration.ofSeconds(10 + random.nextInt(60)));
    Retention one = small.withMaxCount(1).withMaxAge(Duration.ofSeconds(3));
    return new Namespaces(
        List.of(
            namespace("s.*", one),
            namespace("l.*", small.withMode(Retention.Mode.LATEST)),
            namespace("L.*", small.withMode(Retention.Mode.LATEST)),
            namespace("n.*", small.withMode(Retention.Mode.NONE)),
            namespace("H.*", small),
            namespace("*", small)));
  }

  /// On disk, capitals are of the durability `disk`.
  private Namespace namespace(String pattern, Retention retention) {
    Durability durability = Durability.MEMORY;
    if (onDisk && retention.mode() != Retention.Mode.NONE) {
      durability = Character.isUpperCase(pattern.charAt(0)) ? Durability.DISK : Durability.OS;
    }
    return new Namespace(pattern, retention, durability);
  }

  /// So small that segments are sealed, rewritten and go within a schedule.
  private DiskSettings small(DiskSettings settings) {
    var segments =
        new SegmentLimits(
            500 + random.nextInt(6_000), 3 + random.nextInt(60), 1 + random.nextInt(8));
    return settings
        .withSegments(segments)
        .withMaxBytes(4_000 + random.nextInt(40_000))
        .withKeys(1_000, SimKeys.WINDOW);
  }

  private String anyChannel() {
    return channels.get(random.nextInt(channels.size()));
  }

  private SimReader newClient() {
    if (random.nextInt(4) < bundles) {
      return new SimBundle(random, truth, broker, channels);
    }
    var wanted = new TreeSet<String>();
    int count = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 1;
    for (int i = 0; i < count; i++) {
      wanted.add(anyChannel());
    }
    Start start =
        switch (random.nextInt(5)) {
          case 0 -> Start.HELD;
          case 1 -> new Start.Last(1 + random.nextInt(5));
          case 2 -> new Start.Since(broker.clocks().millis() - random.nextInt(20_000));
          case 3 -> Start.NOW;
          default -> Start.DEFAULT;
        };
    return new SimClient(random, truth, broker, List.copyOf(wanted), start);
  }

  void run(int steps) {
    for (int i = 0; i < steps * (1 + bundles / 2); i++) {
      step();
    }
    settle();
    end();
  }

  private void step() {
    SimReader client = clients.get(random.nextInt(clients.size()));
    if (client instanceof SimBundle bundle) {
      switch (random.nextInt(24)) {
        case 0, 1, 2 -> bundle.subscribe();
        case 3 -> bundle.unsubscribe();
        case 4, 5, 6, 7, 8 -> connect(client, false);
        case 9, 10, 11, 12 -> client.receive(1 + random.nextInt(300));
        default -> {}
      }
    }
    if (random.nextInt(10) == 0) {
      seen.answer();
    }
    if (onDisk && random.nextInt(40) == 0) {
      fate.strike();
    }
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> publish();
      case 3, 4 -> broker.commit(random.nextInt(broker.logs().size()), 1 + random.nextInt(5));
      case 5 -> rarely();
      case 6 -> {
        broker.advance(Duration.ofMillis(random.nextInt(2_000)));
        broker.tick();
      }
      case 7 -> {
        if (!(client instanceof SimBundle) || random.nextInt(5) == 0) {
          client.cut();
        }
      }
      case 8 -> client.stall(random.nextInt(3) == 0);
      case 9, 10, 11 -> connect(client, false);
      case 12, 13, 14, 15 -> client.receive(1 + random.nextInt(300));
      default -> threads.get(random.nextInt(threads.size())).runOne();
    }
  }

  private void rarely() {
    int log = random.nextInt(broker.logs().size());
    switch (random.nextInt(7)) {
      case 0 -> broker.fail(log);
      case 1 -> lose(log);
      case 2 -> fate.damage(log);
      case 3 -> {
        String channel = anyChannel();
        Log one = broker.logs().get(broker.logOf(channel));
        truth.trimmed(channel);
        one.trim(channel, one.position() - random.nextInt(10));
      }
      case 4 -> publishSome(random.nextInt(40));
      case 5 -> restart();
      default -> replace(random.nextInt(clients.size()));
    }
  }

  /// The server goes, in order or not, and comes back on the same logs, which may have new ids.
  private void restart() {
    if (random.nextBoolean()) {
      hub.stop();
      runLoops();
      clients.forEach(client -> client.receive(random.nextInt(2_000)));
    }
    clients.forEach(SimReader::cut);
    runLoops();
    hub.close();
    fate.restart();
    if (onDisk) {
      seen = new SimBroker(broker, random);
    }
    startHub();
  }

  private void replace(int index) {
    clients.get(index).cut();
    clients.set(index, newClient());
  }

  /// Announcements that are missed: what is committed is in the log all the same.
  private void lose(int log) {
    broker.commit(log, broker.pending(log));
    if (random.nextBoolean()) {
      return;
    }
    publish();
    long before = broker.logs().get(log).position();
    broker.lose(log, broker.pending(log));
    truth.readAfter(log, before, CHANNELS);
  }

  private void publishSome(int count) {
    for (int i = 0; i < count; i++) {
      publish();
    }
    broker.commitAll();
  }

  private void publish() {
    String channel = anyChannel();
    long mine = ++number;
    Draft draft = draft(channel, mine);
    long before = truth.of(channel).isEmpty() ? 0 : truth.of(channel).lastKey();
    broker
        .logs()
        .get(broker.logOf(channel))
        .append(channel, draft)
        .thenAccept(
            receipt -> {
              if (receipt instanceof Receipt.Appended appended && !appended.duplicate()) {
                truth.acknowledged(channel, appended.offset(), draft);
                used.acknowledged(channel, appended.offset(), draft);
                if (appended.offset() <= before) {
                  throw new AssertionError("offset " + appended.offset() + " after " + before);
                }
              }
            });
    if (random.nextInt(3) == 0) {
      broker.advance(Duration.ofNanos(random.nextInt(5_000)));
    }
  }

  private Draft draft(String channel, long mine) {
    String text = "n=" + mine + ";" + "x".repeat(random.nextInt(4) == 0 ? random.nextInt(400) : 3);
    Draft draft =
        switch (random.nextInt(3)) {
          case 0 -> Draft.of(PayloadType.JSON, bytes("{\"d\":\"" + text + "\"}"));
          case 1 -> Draft.of(PayloadType.TEXT, bytes(text + "\nline"));
          default -> Draft.of(PayloadType.BYTES, bytes(text));
        };
    if (Character.toLowerCase(channel.charAt(0)) == 'l') {
      String key = "k" + random.nextInt(5);
      draft = random.nextInt(4) == 0 ? Draft.tombstone(key) : draft.withKey(key);
    }
    if (random.nextInt(10) == 0) {
      draft = draft.withIdempotencyKey("key" + random.nextInt(5));
    }
    if (random.nextInt(10) == 0 && !truth.of(channel).isEmpty()) {
      draft = draft.withIfMatch(truth.of(channel).lastKey());
    }
    if (random.nextInt(60) == 0 && !draft.deleted()) {
      draft = draft.withEnd(true);
    }
    return random.nextInt(4) == 0 ? draft.withEvent("tick") : draft;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void connect(SimReader client, boolean calm) {
    int loop = random.nextInt(loops.size());
    client.connect(threads.get(loop), loops.get(loop), calm);
  }

  // -- the end
  // -------------------------------------------------------------------------------------

  /// Nothing more is published; everybody who is left catches up.
  private void settle() {
    seen.calm();
    clients.forEach(SimReader::quiet);
    fate.heal();
    for (int i = 0; i < 10 && pending() > 0; i++) {
      broker.commitAll();
    }
    for (int round = 0; round < 400; round++) {
      boolean idle = true;
      for (SimReader client : clients) {
        client.stall(false);
        if (!client.connected() && !client.done()) {
          connect(client, true);
          idle = false;
        }
        client.receive(Integer.MAX_VALUE);
      }
      idle &= runLoops();
      if (round % 20 == 19) {
        passTime(Duration.ofMillis(500));
      }
      if (idle && settled()) {
        break;
      }
    }
    promptly();
    heartbeats();
    for (SimReader client : clients) {
      if (!client.done()) {
        require(client.live(), "never live: " + client);
        client.checkComplete();
        client.checkEnds();
      }
    }
  }

  private int pending() {
    int pending = 0;
    for (int log = 0; log < broker.logs().size(); log++) {
      pending += broker.pending(log);
    }
    return pending;
  }

  /// What is published now reaches whoever is live without that any time passes.
  private void promptly() {
    List<SimReader> live = clients.stream().filter(SimReader::live).toList();
    publishSome(1 + random.nextInt(10));
    takeAll();
    for (SimReader client : live) {
      if (client.live() && !client.paced()) {
        client.checkComplete();
      }
    }
    withinAPace(live);
  }

  /// Whoever keeps a pace has it all once that has passed, and the wheel has turned.
  private void withinAPace(List<SimReader> live) {
    for (long millis = 0; millis < SimClient.SLOWEST_PACE_MILLIS + 200; millis += 50) {
      passTime(Duration.ofMillis(50));
    }
    takeAll();
    for (SimReader client : live) {
      if (client.live()) {
        client.checkComplete();
      }
    }
  }

  private void takeAll() {
    for (int i = 0; i < 20; i++) {
      runLoops();
      clients.forEach(client -> client.receive(Integer.MAX_VALUE));
    }
  }

  private boolean settled() {
    return clients.stream().allMatch(client -> client.done() || client.live());
  }

  private boolean runLoops() {
    boolean idle = true;
    for (SimLoop thread : threads) {
      int tasks = 0;
      while (thread.runOne()) {
        idle = false;
        require(++tasks < 20_000, "a loop that never rests: " + loops + clients);
      }
    }
    return idle;
  }

  /// Time passes for the loops; the log stays as it is.
  private void passTime(Duration time) {
    broker.advance(time);
    runLoops();
  }

  /// A quiet stream is told where it stands.
  private void heartbeats() {
    for (int i = 0; i < 120; i++) {
      passTime(Duration.ofMillis(100));
      for (SimReader client : clients) {
        client.receive(Integer.MAX_VALUE);
        connect(client, true);
      }
    }
    for (SimReader client : clients) {
      require(!client.forgotten(), "bytes that nobody flushes: " + client);
      if (!client.done() && client.cursor() != null) {
        require(hub.now().toString().equals(client.cursor()), "a late heartbeat: " + client);
      }
    }
  }

  private void end() {
    clients.forEach(SimReader::cut);
    passTime(Duration.ofSeconds(2));
    for (HubLoop loop : loops) {
      require(loop.isIdle(), "a loop keeps what nobody reads: " + loop);
    }
    hub.close();
    broker.close();
  }

  private void require(boolean kept, String what) {
    if (!kept) {
      throw new AssertionError(what + "; logs at " + hub.now());
    }
  }
}
