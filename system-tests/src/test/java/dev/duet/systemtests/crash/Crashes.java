package dev.duet.systemtests.crash;

import dev.duet.systemtests.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// One run: publishers and readers on a server that is killed again and again, then stopped
/// cleanly, and a verdict on what all of them saw.
final class Crashes implements Reader.Run, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int HTTP_PUBLISHERS = 18;
  private static final int SESSION_PUBLISHERS = 6;

  /// Of the first publication on every channel, and of the last.
  private static final int SETUP = 1_000;

  private static final int PAGE_CHANNELS = 50;
  private static final int LAST_LOAD_MILLIS = 1_000;

  private final int rounds;
  private final Random random;
  private final Layout layout;
  private final Book book;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();
  private final Server server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Reader> readers = new ArrayList<>();
  private final AtomicBoolean enough = new AtomicBoolean();
  private volatile int kills;
  private volatile boolean ends;
  private int inDoubt;

  /// @param layout that the server has
  /// @param server that it ends; it is closed with this
  /// @param rounds how often the server is killed
  Crashes(Layout layout, Server server, int rounds, long seed) {
    this.layout = layout;
    this.server = server;
    this.rounds = rounds;
    this.random = new Random(seed);
    this.book = new Book(layout::durability, server::logOf, server::isGone);
  }

  @Override
  public int kills() {
    return kills;
  }

  @Override
  public boolean ends() {
    return ends;
  }

  /// Runs it.
  ///
  /// @return what there is to say of it, and what was wrong
  Outcome run() throws IOException, InterruptedException {
    long begin = System.nanoTime();
    server.awaitReady();
    String cursor = Json.object(get("/cursor")).text("cursor");
    var setup = new Drafts(SETUP, layout, book, new Random(random.nextLong()));
    var first = publisher(setup, false, random);
    for (String channel : layout.followed()) {
      first.publish(setup.on(channel));
    }
    // Only now: a reader of events without envelopes asks the book for the log of a channel.
    habits().forEach(each -> readers.add(reader(each, cursor)));
    List<Future<?>> publishers = publishers();
    var own = new Random(random.nextLong());
    var turns =
        new Turns(
            http,
            server.origin(),
            new Drafts(SETUP + 1, layout, book, own),
            layout.turns(),
            book,
            own,
            enough);
    publishers.add(threads.submit(turns));
    for (int i = 0; i < rounds; i++) {
      round();
    }
    TimeUnit.MILLISECONDS.sleep(LAST_LOAD_MILLIS);
    server.calm();
    enough.set(true);
    join(publishers);
    if (layout.survivesAStop()) {
      server.stop();
      server.start().awaitReady();
    }
    ends = true;
    for (String channel : layout.followed()) {
      first.publish(setup.on(channel));
    }
    awaitReaders();
    turns.check();
    readers.forEach(Reader::close);
    server.errors().forEach(book::unexpected);
    Story story = story();
    return new Outcome(
        Verdict.of(story),
        story,
        this,
        turns.ended(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
  }

  // ---- who is there

  private static List<Reader.Way> way(Reader.Way... ways) {
    return List.of(ways);
  }

  private List<Reader.Habits> habits() {
    var habits = new ArrayList<Reader.Habits>();
    List<String> all = layout.followed();
    // Nobody promises anything about what was let go before a start.
    List<String> whole = all.stream().filter(each -> layout.keeps(each) == Keeps.What.ALL).toList();
    // An event without an envelope says its offset by its cursor, and while a state comes again,
    // as it may where a log was torn, that stays where it was.
    List<String> plain =
        server.tearsEnds()
            ? all.stream().filter(each -> layout.keeps(each) != Keeps.What.LATEST).toList()
            : all;
    for (Reader.Way way : Reader.Way.values()) {
      List<String> its = way == Reader.Way.EVENTS ? plain : all;
      habits.add(new Reader.Habits(way.toString(), way(way), its, false, 0));
      habits.add(new Reader.Habits(way + "-from-start", way(way), whole, true, 0));
    }
    List<Reader.Way> any = List.of(Reader.Way.values());
    habits.add(new Reader.Habits("any-way", any, plain, false, 0));
    habits.add(new Reader.Habits("any-way-absent", any, plain, false, 3));
    habits.add(new Reader.Habits("events-absent", way(Reader.Way.EVENTS), plain, false, 2));
    habits.add(new Reader.Habits("session-absent", way(Reader.Way.SESSION), all, false, 4));
    return habits;
  }

  private Reader reader(Reader.Habits habits, String cursor) {
    return new Reader(
        http, server.origin(), habits, cursor, book, new Random(random.nextLong()), this);
  }

  private HttpPublisher publisher(Drafts drafts, boolean batches, Random own) {
    return new HttpPublisher(http, server.origin(), drafts, batches, book, own, enough);
  }

  private List<Future<?>> publishers() {
    var publishers = new ArrayList<Future<?>>();
    for (int i = 0; i < HTTP_PUBLISHERS + SESSION_PUBLISHERS; i++) {
      var own = new Random(random.nextLong());
      var drafts = new Drafts(i, layout, book, own);
      publishers.add(
          threads.submit(
              i < HTTP_PUBLISHERS
                  ? publisher(drafts, i % 3 == 0, own)
                  : new SessionPublisher(http, server.origin(), drafts, book, own, enough)));
    }
    return publishers;
  }

  // ---- what happens

  /// A kill under load, or now and then in the middle of a start.
  private void round() throws IOException, InterruptedException {
    TimeUnit.MILLISECONDS.sleep(50 + random.nextInt(1_450));
    kill();
    server.start();
    if (random.nextInt(6) == 0) {
      TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(1_000));
      kill();
      server.start();
    }
    server.awaitReady();
  }

  /// Now and then it has just begun to stop.
  private void kill() throws IOException, InterruptedException {
    inDoubt += book.underWay();
    if (random.nextInt(8) == 0) {
      server.beginStop();
      TimeUnit.MILLISECONDS.sleep(random.nextInt(200));
    }
    server.kill();
    kills++;
  }

  private static void join(List<Future<?>> publishers) throws InterruptedException {
    for (Future<?> each : publishers) {
      try {
        each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw new AssertionError(e);
      } catch (TimeoutException e) {
        throw new AssertionError("a publisher is not answered", e);
      }
    }
  }

  /// Waits until each has what was published last on each of its channels, or as long as it takes
  /// to say that it does not get it.
  private void awaitReaders() throws InterruptedException {
    Map<String, Long> last = new HashMap<>();
    book.answers().forEach(each -> last.merge(each.to().channel(), each.offset(), Math::max));
    BooleanSupplier complete =
        () ->
            readers.stream()
                .allMatch(
                    reader ->
                        reader.habits().channels().stream()
                            .allMatch(
                                c -> reader.journal().reached(c) >= last.getOrDefault(c, 0L)));
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!complete.getAsBoolean()
        && book.unexpected().isEmpty()
        && !book.sawAnotherLog()
        && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  // ---- what is left

  private Story story() throws IOException, InterruptedException {
    List<String> channels = layout.channels().keySet().stream().sorted().toList();
    var log = new ArrayList<Seen.Got>();
    var gaps = new ArrayList<Seen.Gap>();
    for (int i = 0; i < channels.size(); i += PAGE_CHANNELS) {
      read(channels.subList(i, Math.min(channels.size(), i + PAGE_CHANNELS)), log, gaps);
    }
    Map<String, List<String>> followed = new TreeMap<>();
    Map<String, List<Seen>> seen = new TreeMap<>();
    for (Reader reader : readers) {
      followed.put(reader.habits().name(), reader.habits().channels());
      seen.put(reader.habits().name(), reader.journal().seen());
    }
    return new Story(
        layout.channels(),
        followed,
        book.publications(),
        book.answers(),
        log,
        gaps,
        seen,
        book.refused(),
        server.tearsEnds(),
        book.unexpected());
  }

  private void read(List<String> channels, List<Seen.Got> log, List<Seen.Gap> gaps)
      throws IOException, InterruptedException {
    var journal = new Journal(book, "start");
    boolean more = true;
    while (more) {
      Json page =
          Json.object(
              get(
                  "/channels/"
                      + String.join(",", channels)
                      + "?limit=1000&since="
                      + journal.cursor()));
      Json.elements(page.text("gaps")).forEach(gap -> journal.gap(Json.object(gap)));
      for (String each : Json.elements(page.text("publications"))) {
        Json fields = Json.object(each);
        try {
          journal.publication(fields, Body.in(fields));
        } catch (IllegalArgumentException e) {
          book.unexpected(e.getMessage() + " in " + each);
        }
      }
      journal.keep(page.text("cursor"));
      more = page.text("more").equals("true");
    }
    for (Seen seen : journal.seen()) {
      switch (seen) {
        case Seen.Got got -> log.add(got);
        case Seen.Gap gap -> gaps.add(gap);
      }
    }
  }

  private String get(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.origin() + path))
            .timeout(PATIENCE)
            .header("Accept", "application/json")
            .build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
    }
    return answer.body();
  }

  /// What there is to say of a run.
  record Outcome(Verdict.Summary verdict, Story story, Crashes run, int ended, long millis) {
    /// Its numbers, for people.
    String report() {
      var connections = new TreeMap<String, Integer>();
      run.readers.forEach(
          reader ->
              reader
                  .connections()
                  .forEach((way, n) -> connections.merge(way.toString(), n, Integer::sum)));
      return """
      %d rounds in %.1f s: %d kills, %d starts, the longest %d ms
      %d publications acknowledged, %d answers that told of a first try, %d in doubt at kills, %d refused for now, %d channels ended
      %d readers; connections %s
      %d gaps that were certain, %d that were not (%s), %d publications missed and told
      """
          .formatted(
              run.rounds,
              millis / 1_000.0,
              run.kills,
              run.server.starts(),
              run.server.longestStartMillis(),
              story.answers().size(),
              verdict.duplicates(),
              run.inDoubt,
              run.book.refusals(),
              ended,
              run.readers.size(),
              connections,
              verdict.certain(),
              verdict.uncertain(),
              run.server.tearsEnds()
                  ? "ends of the log that were torn, what was taken back, channels that age lets be"
                      + " forgotten"
                  : "all of channels that age lets be forgotten",
              verdict.missed());
    }
  }

  @Override
  public void close() {
    enough.set(true);
    readers.forEach(Reader::close);
    threads.shutdownNow();
    http.shutdownNow();
    server.close();
  }
}
