package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.server.access.AccessSettings;
import dev.duet.server.access.Guard;
import dev.duet.server.access.OperatorSettings;
import dev.duet.server.access.Operators;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.LoopThread;
import dev.duet.server.presence.Presence;
import dev.duet.server.presence.PresenceSettings;
import dev.duet.server.publish.PublishLimits;
import dev.duet.server.publish.Publisher;
import dev.duet.server.rpc.Calls;
import dev.duet.server.rpc.RpcLimits;
import dev.duet.server.session.SessionLimits;
import dev.duet.server.session.Sessions;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an EventSource sees where others get a status, and what becomes of a stream whose client
/// leaves before it begins. The loop is a queue that the test runs.
class EventSourceTest {
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final LoopThread thread =
      new LoopThread() {
        @Override
        public void execute(Runnable task) {
          tasks.add(task);
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {}
      };
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private MemoryBroker memory;
  private Hub hub;
  private Resources resources;
  private boolean unreadable;
  private int watched;

  @BeforeEach
  void start() {
    memory = new MemoryBroker(MemorySettings.of(Live.NAMESPACES));
    Broker broker = broken(memory);
    hub = new Hub(broker, HubSettings.DEFAULT, System::nanoTime);
    HubLoop loop = hub.addLoop(thread);
    var publisher = new Publisher(broker, PublishLimits.DEFAULT, Runnable::run, System::nanoTime);
    var guard =
        new Guard(
            AccessSettings.OPEN,
            new Operators(OperatorSettings.DEFAULT),
            System::nanoTime,
            InstantSource.system());
    var presence =
        new Presence(broker, PresenceSettings.DEFAULT, System::nanoTime, InstantSource.system());
    resources =
        new Resources(
            new About("1", List.of("HTTP/1.1"), Instant.EPOCH, InstantSource.system()),
            Routes.NONE,
            AllowedPlaces.DEFAULT,
            "localhost",
            guard,
            broker,
            hub,
            HubSettings.DEFAULT,
            any -> loop,
            publisher,
            new Sessions(
                guard, broker.namespaces(), hub, publisher, presence, SessionLimits.DEFAULT),
            presence,
            new Calls(RpcLimits.DEFAULT, Runnable::run, System::nanoTime),
            timer);
  }

  @AfterEach
  void stop() {
    run();
    hub.close();
    memory.close();
    timer.shutdownNow();
  }

  private void run() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /// The broker with a log that cannot be read while `unreadable`, and that counts its watches.
  private Broker broken(Broker whole) {
    Log log = whole.logs().getFirst();
    Log counted =
        (Log)
            Proxy.newProxyInstance(
                Log.class.getClassLoader(),
                new Class<?>[] {Log.class},
                (proxy, method, args) -> {
                  switch (method.getName()) {
                    case "watch" -> watched++;
                    case "unwatch" -> watched--;
                    case "starts", "read" -> {
                      if (unreadable) {
                        return CompletableFuture.failedFuture(new IOException("asked for"));
                      }
                    }
                    default -> {}
                  }
                  return call(() -> method.invoke(log, args));
                });
    return (Broker)
        Proxy.newProxyInstance(
            Broker.class.getClassLoader(),
            new Class<?>[] {Broker.class},
            (proxy, method, args) ->
                method.getName().equals("logs")
                    ? List.of(counted)
                    : call(() -> method.invoke(whole, args)));
  }

  private interface Call {
    Object run() throws Exception;
  }

  private static Object call(Call call) throws Throwable {
    try {
      return call.run();
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private TestExchange get(String accept) {
    var exchange =
        new TestExchange(thread, "/channels/hello", "since=start").with("accept", accept);
    resources.handle(exchange);
    return exchange;
  }

  @Test
  void aLogThatCannotBeReadIsToldInBandToAnEventSourceAndAsAStatusToOthers() {
    unreadable = true;
    TestExchange events = get("text/event-stream");
    TestExchange curl = get("*/*");
    TestExchange lines = get("application/x-ndjson");
    TestExchange page = get("application/json");
    run();
    assertThat(events.response).isNull();
    assertThat(events.written.toString())
        .isEqualTo(
            "retry: 2000\nevent: duet.end\ndata: {\"reason\":\"unavailable\",\"retry\":2000}\n\n");
    assertThat(events.ended).isTrue();
    for (TestExchange other : List.of(curl, lines, page)) {
      assertThat(other.streams).isFalse();
      assertThat(other.response.status()).isEqualTo(503);
      assertThat(other.response.headers())
          .anyMatch(h -> h.name().equals("retry-after") && Integer.parseInt(h.value()) >= 1);
    }
    assertThat(watched).isZero();
  }

  @Test
  void aServerThatStopsSaysWhenToReturn() {
    hub.stop();
    run();
    TestExchange events = get("text/event-stream");
    TestExchange lines = get("application/x-ndjson");
    run();
    assertThat(events.response).isNull();
    assertThat(events.written.toString())
        .isEqualTo(
            "retry: 2000\nevent: duet.end\ndata: {\"reason\":\"restart\",\"retry\":2000}\n\n");
    assertThat(events.ended).isTrue();
    assertThat(lines.response.status()).isEqualTo(503);
  }

  @Test
  void aClientThatLeavesBeforeItsStreamBeginsLeavesNothingBehind() {
    for (int steps = 0; steps < 12; steps++) {
      TestExchange events = get("text/event-stream");
      for (int i = 0; i < steps && !tasks.isEmpty(); i++) {
        tasks.poll().run();
      }
      boolean begun = events.streams;
      if (!begun) {
        events.leave();
        run();
        assertThat(events.written).isEmpty();
        assertThat(events.ended).isTrue();
        assertThat(watched).as("after %s steps", steps).isZero();
      } else {
        assertThat(steps).isPositive();
        return;
      }
    }
    throw new AssertionError("no stream ever began");
  }
}
