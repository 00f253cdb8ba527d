package dev.duet.server.subscribe;

import dev.duet.broker.Namespaces;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Start;
import dev.duet.server.hub.Hub;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The subscriptions of a process. Any thread.
public final class Subscriptions {
  private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

  private final Hub hub;
  private final Namespaces namespaces;
  private final HubSettings settings;
  private final List<Place> places;
  private final AtomicInteger next = new AtomicInteger();
  private final Set<Following> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  /// A delivery loop, and the executor of its thread.
  public record Place(Executor thread, HubLoop loop) {}

  /// @param places loops that read for the subscriptions, in turn
  public Subscriptions(Hub hub, Namespaces namespaces, HubSettings settings, List<Place> places) {
    this.hub = hub;
    this.namespaces = namespaces;
    this.settings = settings;
    this.places = List.copyOf(places);
  }

  /// Begins one. What is published after this has returned comes, also where it begins now.
  ///
  /// @throws DuetException if a channel is in no namespace
  /// @throws IllegalStateException if the server has stopped
  public Subscribed subscribe(SubscribeTo to, SubscribeHandler handler) {
    to.channels().forEach(namespaces::check);
    Place place = places.get(Math.floorMod(next.getAndIncrement(), places.size()));
    var following =
        new Following(place, to.channels(), beginning(to), settings, handler, open::remove);
    open.add(following);
    if (stopped) {
      open.remove(following);
      throw new IllegalStateException("the server has stopped");
    }
    following.start();
    return following;
  }

  /// A cursor that says the same as `to`, as of now.
  private Cursor beginning(SubscribeTo to) {
    Cursor given = to.cursor();
    if (given != null) {
      return given;
    }
    Cursor now = hub.now();
    boolean fromNow =
        to.start() instanceof Start.Now
            || (to.start() instanceof Start.Default
                && to.channels().stream().noneMatch(hub::keepsLatest));
    if (fromNow) {
      return now;
    }
    List<Cursor.Position> nothing =
        now.positions().stream().map(at -> new Cursor.Position(at.logId(), 0)).toList();
    return new Cursor(nothing, new Cursor.Origin(now.positions(), to.start(), null));
  }

  /// Ends all of them, and lets none begin. No call of a handler begins after this.
  public void stop() {
    stopped = true;
    open.forEach(following -> following.end(Subscribed.End.STOPPED));
  }

  /// Whether this is called by a handler of one of them.
  public boolean isOnThreadOfOne() {
    return open.stream().anyMatch(Following::isOnItsThread);
  }

  /// Waits until the handlers have returned, but for one that calls this.
  public void await(long nanos) {
    List<Following> others = open.stream().filter(one -> !one.isOnItsThread()).toList();
    var all =
        CompletableFuture.allOf(
            others.stream().map(Following::done).toArray(CompletableFuture[]::new));
    try {
      all.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      LOG.debug("A handler failed at the end", e);
    } catch (TimeoutException e) {
      LOG.warn("The server stops while handlers of subscriptions have not returned: {}", open);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
