package dev.duet.server.subscribe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.transport.TransportOptions;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Subscriptions in the process, on a server whose ring holds as good as nothing: its loops are
/// lapped all the time.
@Timeout(300)
class SubscribeWireTest {
  private static final Namespaces NAMESPACES =
      new Namespaces(
          List.of(
              new Namespace(
                  "state*", Retention.DEFAULT.withMode(Retention.Mode.LATEST), Durability.OS),
              new Namespace("short*", Retention.DEFAULT.withMaxCount(2), Durability.OS),
              new Namespace("*", Retention.DEFAULT.withMaxCount(100_000), Durability.OS)));

  private static Duet start() {
    return Duet.start(
        DuetSettings.DEFAULT
            .withPort(0)
            .withNamespaces(NAMESPACES)
            .withTransport(TransportOptions.on("127.0.0.1", 0).withLoops(2))
            .withHub(DuetSettings.DEFAULT.hub().withRing(2, 1))
            .withStopTimeout(Duration.ofSeconds(1)));
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  /// Takes down all that it is told, as text.
  private static class Notes implements SubscribeHandler {
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public void publication(Publication publication, Cursor cursor) throws Exception {
      told.add(publication.channel() + " " + new String(publication.data(), UTF_8));
    }

    @Override
    public void gap(Gap gap) {
      told.add("gap " + gap.channel() + " " + gap.reason() + (gap.state() ? " state" : ""));
    }

    @Override
    public void live(Cursor cursor) {
      told.add("live");
    }

    @Override
    public void ended(String channel) {
      told.add("ended " + channel);
    }

    String next() throws InterruptedException {
      String one = told.poll(60, TimeUnit.SECONDS);
      assertThat(one).as("what comes next").isNotNull();
      return one;
    }
  }

  @Test
  void everythingComesOnceAndInTheOrderOfTheLogAsAnEventStreamHasIt() throws Exception {
    int each = 2_000;
    List<String> channels = List.of("a", "b", "c");
    var cursors = new LinkedBlockingQueue<String>();
    var offsets = new ArrayList<Long>();
    try (Duet duet = start()) {
      Cursor before = duet.cursor();
      var all = new CountDownLatch(each * channels.size());
      Subscribed subscribed =
          duet.subscribe(
              SubscribeTo.channels("c", "a", "b"),
              (publication, cursor) -> {
                assertThat(Thread.currentThread().isVirtual()).isTrue();
                offsets.add(publication.offset());
                cursors.add(cursor.toString());
                if (offsets.size() % 1_000 == 0) {
                  Thread.sleep(50);
                }
                all.countDown();
              });
      var publishers = new ArrayList<CompletableFuture<Void>>();
      for (String channel : channels) {
        publishers.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < each; i++) {
                    var unused = duet.publish(channel, Draft.text(channel + i));
                  }
                }));
      }
      for (var publisher : publishers) {
        get(publisher);
      }
      assertThat(all.await(120, TimeUnit.SECONDS)).isTrue();
      subscribed.close();
      assertThat(get(subscribed.closed())).isEqualTo(Subscribed.End.CLOSED);
      assertThat(offsets).hasSize(each * channels.size()).isSorted().doesNotHaveDuplicates();
      assertThat(List.copyOf(cursors)).isEqualTo(ids(duet, before, each * channels.size()));
    }
  }

  /// The ids of the publications of an event stream.
  private static List<String> ids(Duet duet, Cursor since, int count) throws Exception {
    var uri =
        URI.create("http://127.0.0.1:" + duet.port() + "/channels/a,b,c?since=" + since.toString());
    var request = HttpRequest.newBuilder(uri).header("Accept", "text/event-stream").build();
    var ids = new ArrayList<String>();
    try (var client = HttpClient.newHttpClient();
        var lines =
            new BufferedReader(
                new InputStreamReader(
                    client.send(request, BodyHandlers.ofInputStream()).body(), UTF_8))) {
      String id = "";
      String event = "";
      boolean data = false;
      while (ids.size() < count) {
        String line = lines.readLine();
        if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          event = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = true;
        } else if (line.isEmpty()) {
          if (data && event.isEmpty()) {
            ids.add(id);
          }
          event = "";
          data = false;
        }
      }
      client.shutdownNow();
    }
    return ids;
  }

  @Test
  void whoeverFailsGoesOnFromItsCursorAndIsToldAgainWhatItDidNotHandle() throws Exception {
    int count = 500;
    var handled = new ArrayList<String>();
    try (Duet duet = start()) {
      Cursor cursor = duet.cursor();
      for (int i = 0; i < count; i++) {
        get(duet.publish("a", Draft.text("" + i)));
      }
      for (int failures = 0; handled.size() < count; failures++) {
        int until = handled.size() + 1 + failures * 7;
        var reached = new CountDownLatch(1);
        Subscribed subscribed =
            duet.subscribe(
                SubscribeTo.channels("a").after(cursor),
                (publication, at) -> {
                  if (handled.size() == until) {
                    throw new IllegalStateException("planted");
                  }
                  handled.add(new String(publication.data(), UTF_8));
                  if (handled.size() == count) {
                    reached.countDown();
                  }
                });
        if (until < count) {
          assertThatThrownBy(() -> get(subscribed.closed()))
              .hasCauseInstanceOf(IllegalStateException.class);
        } else {
          assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
          subscribed.close();
          get(subscribed.closed());
        }
        cursor = Cursor.parse(subscribed.cursor().toString());
      }
      assertThat(handled).isEqualTo(IntStream.range(0, count).mapToObj(i -> "" + i).toList());
      assertThat(cursor).isEqualTo(duet.cursor());
    }
  }

  @Test
  void whatIsPublishedAfterItHasBegunComes() throws Exception {
    try (Duet duet = start()) {
      for (int i = 0; i < 200; i++) {
        var notes = new Notes();
        get(duet.publish("a", Draft.text("before")));
        try (Subscribed subscribed =
            i % 2 == 0
                ? duet.subscribe("a", notes)
                : duet.subscribe(SubscribeTo.channels("a").from(Start.NOW), notes)) {
          assertThat(subscribed.cursor()).isEqualTo(duet.cursor());
          var unused = duet.publish("a", Draft.text("" + i));
          String first = notes.next();
          assertThat(first.equals("live") ? notes.next() : first).isEqualTo("a " + i);
        }
      }
    }
  }

  @Test
  void startsAreAsOfWhenItBegan() throws Exception {
    try (Duet duet = start()) {
      for (String text : List.of("1", "2", "3")) {
        get(duet.publish("a", Draft.text(text)));
      }
      var last = new Notes();
      var held = new Notes();
      duet.subscribe(SubscribeTo.channels("a").from(new Start.Last(2)), last);
      duet.subscribe(SubscribeTo.channels("a").from(Start.HELD), held);
      get(duet.publish("a", Draft.text("4")));
      assertThat(List.of(last.next(), last.next())).containsExactly("a 2", "a 3");
      assertThat(List.of(held.next(), held.next(), held.next()))
          .containsExactly("a 1", "a 2", "a 3");
      // Whether 4 is there before it is live is open.
      assertThat(List.of(last.next(), last.next())).containsExactlyInAnyOrder("a 4", "live");
      assertThat(List.of(held.next(), held.next())).containsExactlyInAnyOrder("a 4", "live");
    }
  }

  @Test
  void aGapIsToldOnceAndBeforeWhatFollowsIt() throws Exception {
    var holds = new CountDownLatch(1);
    var blocked = new CountDownLatch(1);
    var notes =
        new Notes() {
          @Override
          public void publication(Publication publication, Cursor cursor) throws Exception {
            super.publication(publication, cursor);
            blocked.countDown();
            holds.await();
          }
        };
    try (Duet duet = start()) {
      duet.subscribe("short", notes);
      get(duet.publish("short", Draft.text("1")));
      assertThat(blocked.await(60, TimeUnit.SECONDS)).isTrue();
      for (int i = 2; i <= 9; i++) {
        get(duet.publish("short", Draft.text("" + i)));
      }
      holds.countDown();
      var told = new ArrayList<String>();
      while (!told.contains("short 9")) {
        told.add(notes.next());
      }
      told.remove("live");
      assertThat(told).containsExactly("short 1", "gap short RETENTION", "short 8", "short 9");
      get(duet.publish("short", Draft.text("10")));
      assertThat(notes.next()).isEqualTo("short 10");
    }
  }

  @Test
  void whereTheLatestIsKeptTheStateComesAndThenItsChanges() throws Exception {
    var state = new ConcurrentHashMap<String, String>();
    var live = new CountDownLatch(1);
    var notes = new LinkedBlockingQueue<String>();
    var handler =
        new SubscribeHandler() {
          @Override
          public void publication(Publication publication, Cursor cursor) {
            if (publication.deleted()) {
              state.remove(publication.key());
            } else {
              state.put(publication.key(), new String(publication.data(), UTF_8));
            }
            notes.add(publication.key());
          }

          @Override
          public void gap(Gap gap) {
            if (gap.state()) {
              state.clear();
            }
          }

          @Override
          public void live(Cursor cursor) {
            notes.add("live");
            live.countDown();
          }
        };
    try (Duet duet = start()) {
      for (int i = 0; i < 10; i++) {
        get(duet.publish("state", Draft.text("" + i).withKey("k" + i % 5)));
      }
      get(duet.publish("state", Draft.tombstone("k0")));
      duet.subscribe("state", handler);
      assertThat(live.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(state).containsOnlyKeys("k1", "k2", "k3", "k4").containsEntry("k4", "9");
      for (int i = 0; i < 3_000; i++) {
        Draft draft =
            i % 7 == 0 ? Draft.tombstone("k" + i % 5) : Draft.text("" + i).withKey("k" + i % 5);
        var unused = duet.publish("state", draft);
      }
      get(duet.publish("state", Draft.text("end").withKey("end")));
      while (!"end".equals(notes.poll(60, TimeUnit.SECONDS))) {
        assertThat(state).hasSizeLessThan(7);
      }
      // The last five: 2995 to 2999, of which 2996 is a multiple of 7.
      assertThat(state)
          .containsOnlyKeys("k0", "k2", "k3", "k4", "end")
          .containsEntry("k0", "2995")
          .containsEntry("k4", "2999");
    }
  }

  @Test
  void whoIsClosedWhileItWaitsEndsAtOnce() throws Exception {
    try (Duet duet = start()) {
      var notes = new Notes();
      Subscribed subscribed = duet.subscribe("a", notes);
      assertThat(notes.next()).isEqualTo("live");
      subscribed.close();
      // Its page waits for 30 seconds.
      assertThat(subscribed.closed().toCompletableFuture().get(60, TimeUnit.SECONDS))
          .isEqualTo(Subscribed.End.CLOSED);
      get(duet.publish("a", Draft.text("late")));
      assertThat(notes.told).isEmpty();
      subscribed.close();
    }
  }

  @Test
  void aStopEndsWhoWaitsAndWaitsForWhoHandles() throws Exception {
    var notes = new Notes();
    var handles = new CountDownLatch(1);
    var handled = new CompletableFuture<Void>();
    Subscribed waits;
    Subscribed works;
    Duet duet = start();
    try (duet) {
      waits = duet.subscribe("a", notes);
      works =
          duet.subscribe(
              "b",
              (publication, cursor) -> {
                handles.countDown();
                Thread.sleep(500);
                handled.complete(null);
              });
      assertThat(notes.next()).isEqualTo("live");
      get(duet.publish("b", Draft.text("1")));
      get(duet.publish("b", Draft.text("2")));
      assertThat(handles.await(60, TimeUnit.SECONDS)).isTrue();
      duet.stop(Duration.ofSeconds(60));
      assertThat(handled).isDone();
    }
    assertThat(get(waits.closed())).isEqualTo(Subscribed.End.STOPPED);
    assertThat(get(works.closed())).isEqualTo(Subscribed.End.STOPPED);
    assertThatThrownBy(() -> duet.subscribe("a", notes)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aHandlerMayStopTheServer() throws Exception {
    var stopped = new CompletableFuture<Void>();
    Duet duet = start();
    Subscribed subscribed =
        duet.subscribe(
            "a",
            (publication, cursor) -> {
              duet.stop(Duration.ofMinutes(10));
              stopped.complete(null);
            });
    get(duet.publish("a", Draft.text("stop")));
    get(stopped);
    assertThat(get(subscribed.closed())).isEqualTo(Subscribed.End.STOPPED);
  }

  @Test
  void theEndOfAChannelIsToldAndTheLastOneEndsIt() throws Exception {
    var notes = new Notes();
    try (Duet duet = start()) {
      Subscribed subscribed = duet.subscribe(SubscribeTo.channels("a", "b"), notes);
      assertThat(notes.next()).isEqualTo("live");
      get(duet.publish("a", Draft.text("last").withEnd(true)));
      assertThat(List.of(notes.next(), notes.next())).containsExactly("a last", "ended a");
      get(duet.publish("b", Draft.text("1")));
      get(duet.publish("b", Draft.text("2").withEnd(true)));
      assertThat(List.of(notes.next(), notes.next(), notes.next()))
          .containsExactly("b 1", "b 2", "ended b");
      assertThat(get(subscribed.closed())).isEqualTo(Subscribed.End.ENDED);
      var again = new Notes();
      assertThat(get(duet.subscribe("a", again).closed())).isEqualTo(Subscribed.End.ENDED);
      assertThat(again.told).containsExactly("ended a", "live");
    }
  }

  @Test
  void aHandlerThatBlocksHoldsUpNobody() throws Exception {
    var holds = new CountDownLatch(1);
    try (Duet duet = start()) {
      var blocked = new CountDownLatch(8);
      var subscribed = new ArrayList<Subscribed>();
      for (int i = 0; i < 8; i++) {
        subscribed.add(
            duet.subscribe(
                "a",
                (publication, cursor) -> {
                  blocked.countDown();
                  holds.await();
                }));
      }
      get(duet.publish("a", Draft.text("1")));
      assertThat(blocked.await(60, TimeUnit.SECONDS)).isTrue();
      var notes = new Notes();
      duet.subscribe("b", notes);
      assertThat(notes.next()).isEqualTo("live");
      get(duet.publish("b", Draft.text("1")));
      assertThat(notes.next()).isEqualTo("b 1");
      subscribed.forEach(Subscribed::close);
      holds.countDown();
      for (Subscribed one : subscribed) {
        assertThat(get(one.closed())).isEqualTo(Subscribed.End.CLOSED);
      }
    }
  }

  @Test
  void aCursorOfAnotherServerIsAGap() throws Exception {
    var notes = new Notes();
    try (Duet duet = start()) {
      get(duet.publish("a", Draft.text("1")));
      duet.subscribe(SubscribeTo.channels("a").after(Cursor.parse("zzzzz.7")), notes);
      assertThat(List.of(notes.next(), notes.next(), notes.next()))
          .containsExactly("gap a UNKNOWN_LOG", "a 1", "live");
    }
  }

  @Test
  void whoIsOnAChannelCanBeFollowed() throws Exception {
    var only = new Namespaces(List.of(new Namespace("room", Retention.DEFAULT, Durability.OS)));
    var settings = DuetSettings.DEFAULT.withPort(0).withNamespaces(only);
    try (Duet duet = Duet.start(settings)) {
      var notes = new Notes();
      duet.subscribe("room~presence", notes);
      assertThat(notes.next()).isEqualTo("live");
    }
  }

  @Test
  void illegalChannelsAreRefused() {
    try (Duet duet = start()) {
      assertThatThrownBy(() -> duet.subscribe("a b", new Notes()))
          .isInstanceOf(DuetException.class);
      assertThatThrownBy(() -> new SubscribeTo(List.of(), null, Start.DEFAULT))
          .isInstanceOf(DuetException.class)
          .hasMessageContaining("1 to 1000");
    }
  }
}
