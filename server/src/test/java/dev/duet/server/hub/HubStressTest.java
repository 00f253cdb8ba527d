package dev.duet.server.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Durability;
import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import dev.duet.server.exchange.Outlet;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The hub on real threads: what `docs/threads.md` says of shared fields. The simulation proves the
/// rules of delivery in one thread; here the threads are what is tested.
///
/// Nothing of the loops runs by the clock (their timers are dropped), so a wake that is lost stays
/// lost and is seen.
class HubStressTest {
  private static final int LOOPS = 3;
  private static final int PUBLISHERS = 3;
  private static final int CHANNELS = 6;
  private static final int PATIENCE_SECONDS = 60;
  private static final Namespaces KEEP_ALL =
      new Namespaces(
          List.of(
              new Namespace(
                  "*",
                  new Retention(Retention.Mode.HISTORY, 1 << 20, 1L << 30, Duration.ofHours(1)),
                  Durability.MEMORY)));

  /// A ring that is lapped all the time, and pages that hold little.
  private static final HubSettings SMALL =
      new HubSettings(
          64 << 10,
          256,
          16,
          100_000,
          2 << 10,
          50,
          4 << 10,
          2,
          Duration.ofSeconds(25),
          2_000,
          1_000);

  private final List<ExecutorService> threads = new ArrayList<>();
  private final List<HubLoop> loops = new ArrayList<>();
  private final MemoryBroker broker =
      new MemoryBroker(
          MemorySettings.of(KEEP_ALL)
              .withLogs(List.of("even", "odd"), channel -> channel.charAt(1) % 2));
  private final Hub hub = new Hub(broker, SMALL, System::nanoTime);

  /// What a task of a loop threw.
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  /// All that was acknowledged, per channel.
  private final Map<String, ConcurrentSkipListSet<Long>> truth = new ConcurrentHashMap<>();

  private void startLoops() throws Exception {
    for (int i = 0; i < LOOPS; i++) {
      ExecutorService thread = Executors.newSingleThreadExecutor();
      threads.add(thread);
      loops.add(thread.submit(() -> hub.addLoop(new Timeless(thread, failures))).get());
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (int i = 0; i < loops.size(); i++) {
      HubLoop loop = loops.get(i);
      Callable<Boolean> walked = () -> loop.order().isEmpty();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!threads.get(i).submit(walked).get() && System.nanoTime() - end < 0) {
        Thread.onSpinWait();
      }
    }
    for (ExecutorService thread : threads) {
      thread.shutdown();
      assertThat(thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
    hub.close();
    broker.close();
    assertThat(failures).isEmpty();
  }

  /// After its end tasks are dropped, as those of a server's loop are.
  private record Timeless(ExecutorService thread, Queue<Throwable> failures) implements LoopThread {
    @Override
    public void execute(Runnable task) {
      try {
        thread.execute(() -> run(task));
      } catch (RejectedExecutionException e) {
        assertThat(thread.isShutdown()).isTrue();
      }
    }

    private void run(Runnable task) {
      try {
        task.run();
      } catch (Throwable failure) {
        failures.add(failure);
      }
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {}
  }

  /// Clients stall, are cut and return to other loops while three threads publish to two logs.
  @Test
  void everyReaderOfEveryLoopGetsAllOnceAndInOrder() throws Exception {
    startLoops();
    var clients = new ArrayList<Client>();
    for (int i = 0; i < LOOPS * 8; i++) {
      var client = new Client(i);
      clients.add(client);
      client.connect(i % LOOPS, hub.now());
    }
    publish(1_500);
    for (Client client : clients) {
      client.calmDown();
      assertThat(client.complete.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
          .as(() -> "%s of %s %s".formatted(client, loops, failures))
          .isTrue();
    }
    assertThat(clients.stream().mapToInt(client -> client.returns).sum()).isGreaterThan(LOOPS);
  }

  private void publish(int each) throws Exception {
    var publishers = Executors.newFixedThreadPool(PUBLISHERS);
    try {
      var under = new ArrayList<Future<?>>();
      for (int p = 0; p < PUBLISHERS; p++) {
        var random = new Random(p);
        under.add(
            publishers.submit(
                () -> {
                  for (int n = 0; n < each; n++) {
                    append("c" + random.nextInt(CHANNELS), "x".repeat(random.nextInt(200)));
                  }
                }));
      }
      for (Future<?> one : under) {
        one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    } finally {
      publishers.shutdownNow();
    }
  }

  private long append(String channel, String text) {
    Log log = broker.logs().get(broker.logOf(channel));
    Receipt receipt =
        log.append(channel, Draft.of(PayloadType.TEXT, text.getBytes(US_ASCII)))
            .toCompletableFuture()
            .join();
    long offset = ((Receipt.Appended) receipt).offset();
    truth.computeIfAbsent(channel, name -> new ConcurrentSkipListSet<>()).add(offset);
    return offset;
  }

  /// The loop sets its interest and then reads the tail, the announcer moves the tail and then asks
  /// for interest: whichever comes first, the one publication of a channel reaches its one reader.
  @Test
  void aPublicationThatMeetsItsReaderOnTheWayIsNotForgotten() throws Exception {
    startLoops();
    ExecutorService publisher = Executors.newSingleThreadExecutor();
    try {
      for (int round = 0; round < 1_500; round++) {
        String channel = "c" + round;
        var reader = new OneReader();
        Cursor before = hub.now();
        HubLoop loop = loops.get(round % LOOPS);
        Future<?> published = publisher.submit(() -> append(channel, "one"));
        loop.execute(() -> reader.open(loop, channel, before));
        published.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(reader.got.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
            .as("round %d, %s", round, loop)
            .isTrue();
        loop.execute(reader::leave);
      }
    } finally {
      publisher.shutdownNow();
    }
  }

  /// A log that is in use announces from the moment on at which it is asked to, before its answer
  /// has come to the ring.
  @Test
  void whatIsAnnouncedWhileARingBeginsIsInIt() throws Exception {
    int rounds = 20_000;
    var ended = new AtomicInteger();
    var rings = new AtomicReferenceArray<Ring>(rounds);
    var publications =
        LongStream.rangeClosed(11, 13)
            .mapToObj(o -> new Publication("c", o, 0, Draft.of(PayloadType.TEXT, new byte[0])))
            .toList();
    var announcer = Executors.newSingleThreadExecutor();
    try {
      Future<?> announced =
          announcer.submit(
              () -> {
                for (int round = 0; round < rounds; round++) {
                  Ring ring;
                  do {
                    ring = rings.get(round);
                  } while (ring == null);
                  for (Publication publication : publications) {
                    ring.add(List.of(publication), publication.offset());
                  }
                  ended.incrementAndGet();
                }
              });
      for (int round = 0; round < rounds; round++) {
        var ring = new Ring(8, 1 << 20, channel -> false);
        rings.set(round, ring);
        for (int i = 0; i < round % 40; i++) {
          Thread.onSpinWait();
        }
        ring.begin(10);
        while (ended.get() <= round && !announced.isDone()) {
          Thread.onSpinWait();
        }
      }
      announced.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } finally {
      announcer.shutdownNow();
    }
    for (int round = 0; round < rounds; round++) {
      assertThat(rings.get(round).tail()).isEqualTo(new Ring.Tail(3, 13));
    }
  }

  /// While the ring lets entries go, whoever collects has all of the range or is told that it is
  /// gone, and a frame in hand is whole.
  @Test
  void whoeverReadsTheRingWhileItTurnsHasAllOrNothing() throws Exception {
    int channels = 4;
    var ring = new Ring(64, 8 << 10, channel -> false);
    ring.begin(0);
    var done = new AtomicBoolean();
    var readers = Executors.newFixedThreadPool(LOOPS);
    try {
      var under = new ArrayList<Future<Integer>>();
      for (int r = 0; r < LOOPS; r++) {
        var random = new Random(r);
        under.add(readers.submit(() -> collect(ring, channels, random, done)));
      }
      for (long offset = 1; offset <= 50_000; offset++) {
        byte[] text = ("#" + offset).getBytes(US_ASCII);
        var publication =
            new Publication("c" + offset % channels, offset, 0, Draft.of(PayloadType.TEXT, text));
        ring.add(List.of(publication), offset);
      }
      done.set(true);
      for (Future<Integer> one : under) {
        assertThat(one.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("ranges found").isPositive();
      }
    } finally {
      done.set(true);
      readers.shutdownNow();
      assertThat(readers.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      ring.close();
    }
  }

  private static int collect(Ring ring, int channels, Random random, AtomicBoolean done) {
    int found = 0;
    var into = new ArrayList<RingEntry>();
    long hint = 0;
    int channel = 0;
    while (!done.get()) {
      long upTo = ring.tail().offset();
      long after = Math.max(0, upTo - random.nextInt(80));
      boolean hinted = hint > 0 && random.nextBoolean();
      if (!hinted) {
        channel = random.nextInt(channels);
        hint = 0;
      }
      into.clear();
      // In this ring an entry's sequence is its offset.
      long sequence = after - Math.floorMod(after - channel, channels);
      long end =
          ring.collect(
              "c" + channel,
              after,
              upTo,
              hinted ? Math.max(0, sequence) : 0,
              Integer.MAX_VALUE,
              into);
      if (end == Ring.GONE) {
        assertThat(into).isEmpty();
        continue;
      }
      found++;
      hint = sequence;
      long next = sequence + channels;
      for (RingEntry entry : into) {
        assertThat(entry.offset).as("in (%d, %d] of c%d", after, upTo, channel).isEqualTo(next);
        next += channels;
        checkFrame(entry);
      }
      assertThat(next)
          .as("the first after (%d, %d] of c%d", after, upTo, channel)
          .isGreaterThan(upTo);
    }
    return found;
  }

  private static void checkFrame(RingEntry entry) {
    ByteBuf frame = entry.frame(Wires.SSE, "aaaaa." + entry.offset);
    try {
      assertThat(frame.toString(US_ASCII))
          .isEqualTo("id: aaaaa.%d\ndata: #%d\n\n".formatted(entry.offset, entry.offset));
    } finally {
      frame.release();
    }
  }

  /// Reads one channel until the first publication.
  private static final class OneReader implements Outlet {
    final CountDownLatch got = new CountDownLatch(1);
    private Subscription subscription;

    void open(HubLoop loop, String channel, Cursor cursor) {
      loop.open(request(List.of(channel), cursor))
          .thenAccept(
              admission -> {
                subscription = admission.subscription();
                subscription.begin(this);
              });
    }

    void leave() {
      subscription.close();
    }

    @Override
    public void listen(Listener listener) {}

    @Override
    public Offer offer(ByteBuf frame) {
      if (frame.toString(US_ASCII).contains("\"data\":\"one\"")) {
        got.countDown();
      }
      return Offer.WRITTEN;
    }

    @Override
    public void flush() {}

    @Override
    public void end() {}

    @Override
    public void abort() {}
  }

  private static StreamRequest request(List<String> channels, Cursor cursor) {
    return new StreamRequest(
        channels, cursor, Start.DEFAULT, Wires.NDJSON, false, 0, null, Scene.PEER, ending -> {});
  }

  /// Somebody who reads some channels, and keeps what a client would: the cursor of the last whole
  /// line.
  private final class Client {
    final CountDownLatch complete = new CountDownLatch(1);

    /// From now on it neither stalls nor is cut.
    final AtomicBoolean calm = new AtomicBoolean();

    volatile int returns;

    private final int number;
    private final Random random;
    private final List<String> channels = new ArrayList<>();
    private final Map<String, TreeSet<Long>> got = new ConcurrentHashMap<>();
    private final long[] last = new long[2];
    private Cursor begin = Cursor.NONE;
    private volatile String cursor = "";
    private volatile String fault = "";
    /// Null while it moves to another loop.
    private volatile Socket socket;

    Client(int number) {
      this.number = number;
      this.random = new Random(number);
      int most = number % 4 == 0 ? 1 : CHANNELS;
      for (int c = number % CHANNELS; c < CHANNELS && channels.size() < most; c++) {
        channels.add("c" + c);
      }
    }

    void connect(int loop, Cursor from) {
      begin = from;
      cursor = from.toString();
      loops.get(loop).execute(() -> open(loop));
    }

    private void open(int index) {
      HubLoop loop = loops.get(index);
      loop.open(request(channels, Cursor.parse(cursor)))
          .thenAccept(
              admission -> {
                assertThat(admission.verdict()).isEqualTo(Admission.Verdict.READY);
                socket = new Socket(index, admission.subscription());
                admission.subscription().begin(socket);
              })
          .whenComplete(
              (done, failure) -> {
                if (failure != null) {
                  failures.add(failure);
                }
              });
    }

    void calmDown() {
      calm.set(true);
      Socket open = socket;
      if (open != null) {
        loops
            .get(open.index)
            .execute(
                () -> {
                  if (socket == open) {
                    check();
                  }
                });
      }
    }

    /// One line that came whole.
    private void line(String line) {
      if (line.contains("\"event\":\"duet.gap\"")) {
        fault = "a gap, and nothing was let go: " + line;
      }
      int at = line.indexOf("\"cursor\":\"");
      if (at >= 0) {
        cursor = line.substring(at + 10, line.indexOf('"', at + 10));
      }
      if (line.startsWith("{\"channel\"")) {
        String channel = line.substring(12, line.indexOf('"', 12));
        int from = line.indexOf("\"offset\":") + 9;
        long offset = Long.parseLong(line.substring(from, line.indexOf(',', from)));
        int log = broker.logOf(channel);
        if (offset <= last[log]) {
          fault = "again, or out of order: " + line + " after " + last[log];
        }
        last[log] = offset;
        got.computeIfAbsent(channel, name -> new TreeSet<>()).add(offset);
      }
    }

    private void check() {
      if (calm.get() && (!fault.isEmpty() || hasAll())) {
        complete.countDown();
      }
    }

    private boolean hasAll() {
      for (String channel : channels) {
        String id = broker.logs().get(broker.logOf(channel)).ids().current();
        var wanted = truth.getOrDefault(channel, new ConcurrentSkipListSet<>());
        var after = wanted.tailSet(begin.offsetIn(id), false);
        if (!after.equals(got.getOrDefault(channel, new TreeSet<>()))) {
          return false;
        }
      }
      return true;
    }

    @Override
    public String toString() {
      return "client %d of %s from %s at %s, %d returns %s"
          .formatted(number, channels, begin, cursor, returns, fault);
    }

    /// What it is connected by: confined to the loop.
    private final class Socket implements Outlet {
      final int index;
      final Subscription subscription;
      private final ByteArrayOutputStream offered = new ByteArrayOutputStream();
      private Listener listener;
      private int room = 1 << 10;
      private boolean cut;

      Socket(int index, Subscription subscription) {
        this.index = index;
        this.subscription = subscription;
      }

      @Override
      public void listen(Listener value) {
        listener = value;
      }

      @Override
      public Offer offer(ByteBuf frame) {
        if (cut) {
          return Offer.CLOSED;
        }
        if (room <= 0) {
          later(listener::ready);
          return Offer.BEHIND;
        }
        byte[] bytes = new byte[frame.readableBytes()];
        frame.getBytes(frame.readerIndex(), bytes);
        offered.writeBytes(bytes);
        room -= calm.get() ? 0 : bytes.length;
        return Offer.WRITTEN;
      }

      @Override
      public void flush() {
        byte[] all = offered.toByteArray();
        int length = all.length;
        if (!calm.get() && random.nextInt(100) == 0) {
          length = random.nextInt(length + 1);
          cut = true;
        }
        int from = 0;
        for (int i = 0; i < length; i++) {
          if (all[i] == '\n') {
            line(new String(all, from, i - from, US_ASCII));
            from = i + 1;
          }
        }
        offered.reset();
        check();
        if (cut) {
          later(
              () -> {
                listener.gone();
                socket = null;
                returns++;
                int next = random.nextInt(LOOPS);
                loops.get(next).execute(() -> open(next));
              });
        }
      }

      /// In another turn, when some bytes have drained.
      private void later(Runnable then) {
        loops
            .get(index)
            .execute(
                () -> {
                  room = 1 + random.nextInt(8 << 10);
                  then.run();
                });
      }

      @Override
      public void end() {
        fault = "the stream ended";
      }

      @Override
      public void abort() {
        cut = true;
      }
    }
  }
}
