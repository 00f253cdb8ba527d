package dev.duet.server.subscribe;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Start;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.PageAnswer;
import dev.duet.server.hub.PageRequest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A virtual thread that reads page after page from its cursor, and hands on what is in them.
final class Following implements Subscribed {
  private static final Logger LOG = LoggerFactory.getLogger(Following.class);

  /// How long a page waits for the first publication. Then it is asked for again, from where the
  /// logs stand by then.
  private static final Duration WAIT = Duration.ofSeconds(30);

  /// A log that could not be read is asked again after this.
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Subscriptions.Place place;
  private final List<String> channels;
  private final HubSettings settings;
  private final SubscribeHandler handler;
  private final Thread thread;
  private final CompletableFuture<End> done = new CompletableFuture<>();
  private final AtomicReference<@Nullable End> ending = new AtomicReference<>();

  /// Channels whose end was told. The thread's alone.
  private final Set<String> ended = new HashSet<>();

  private volatile Cursor cursor;

  /// What the thread waits for; cancelled by who ends the subscription.
  private volatile @Nullable CompletableFuture<?> waiting;

  /// @param cursor where it begins
  /// @param gone called on its thread when it has ended
  Following(
      Subscriptions.Place place,
      List<String> channels,
      Cursor cursor,
      HubSettings settings,
      SubscribeHandler handler,
      Consumer<Following> gone) {
    this.place = place;
    this.channels = channels;
    this.cursor = cursor;
    this.settings = settings;
    this.handler = handler;
    this.thread = Thread.ofVirtual().name("duet-subscription").unstarted(() -> run(gone));
  }

  void start() {
    thread.start();
  }

  boolean isOnItsThread() {
    return Thread.currentThread() == thread;
  }

  CompletableFuture<End> done() {
    return done;
  }

  @Override
  public Cursor cursor() {
    return cursor;
  }

  @Override
  public CompletionStage<End> closed() {
    return done.minimalCompletionStage();
  }

  @Override
  public void close() {
    end(End.CLOSED);
  }

  void end(End why) {
    if (ending.compareAndSet(null, why)) {
      CompletableFuture<?> wait = waiting;
      if (wait != null) {
        wait.cancel(false);
      }
    }
  }

  // ---- on its thread

  private void run(Consumer<Following> gone) {
    try {
      End why = follow();
      gone.accept(this);
      done.complete(why);
    } catch (Exception | Error e) {
      LOG.error("The handler of {} failed: the subscription ends", this, e);
      gone.accept(this);
      done.completeExceptionally(e);
    }
  }

  private End follow() throws Exception {
    boolean live = false;
    while (true) {
      PageAnswer page = page(live ? WAIT : Duration.ZERO);
      if (page == null || !handled(page)) {
        return Objects.requireNonNull(ending.get());
      }
      if (!page.more() && !live) {
        live = true;
        handler.live(cursor);
      }
      if (!page.more() && page.ended().size() == channels.size()) {
        return End.ENDED;
      }
    }
  }

  /// Whether all of the page was handed on: it was not ended in between.
  private boolean handled(PageAnswer page) throws Exception {
    for (Gap gap : page.gaps()) {
      if (isEnding()) {
        return false;
      }
      handler.gap(gap);
    }
    for (PageAnswer.Entry entry : page.publications()) {
      if (isEnding()) {
        return false;
      }
      Cursor after = Cursor.parse(Objects.requireNonNull(entry.cursor()));
      handler.publication(entry.publication(), after);
      cursor = after;
      ended.remove(entry.publication().channel());
    }
    for (String channel : page.ended()) {
      if (isEnding()) {
        return false;
      }
      if (ended.add(channel)) {
        handler.ended(channel);
      }
    }
    cursor = Cursor.parse(page.cursor());
    return !isEnding();
  }

  private boolean isEnding() {
    return ending.get() != null;
  }

  /// The next page, as soon as a log can be read; null if it is ended.
  private @Nullable PageAnswer page(Duration wait) {
    while (!isEnding()) {
      try {
        return asked(wait).join();
      } catch (CancellationException e) {
        LOG.debug("{} is ended while it waits", this);
      } catch (CompletionException e) {
        LOG.warn("{} cannot read, and tries again in a second", this, e.getCause());
        pause();
      }
    }
    return null;
  }

  private CompletableFuture<PageAnswer> asked(Duration wait) {
    var answer = new CompletableFuture<PageAnswer>();
    awaited(answer);
    var request =
        new PageRequest(
            channels,
            cursor,
            Start.NOW,
            false,
            settings.pageCount(),
            settings.pageBytes(),
            wait.toNanos(),
            0);
    execute(() -> ask(request, answer));
    return answer;
  }

  /// On the loop.
  private void ask(PageRequest request, CompletableFuture<PageAnswer> answer) {
    if (answer.isDone()) {
      return;
    }
    CompletableFuture<PageAnswer> page = place.loop().page(request);
    page.whenComplete(
        (read, failure) -> {
          if (failure != null) {
            answer.completeExceptionally(failure);
          } else {
            answer.complete(read);
          }
        });
    answer.whenComplete(
        (read, failure) -> {
          if (answer.isCancelled()) {
            execute(() -> page.cancel(false));
          }
        });
  }

  private void pause() {
    var pause = new CompletableFuture<@Nullable Void>();
    awaited(pause);
    try {
      pause.completeOnTimeout(null, RETRY.toMillis(), TimeUnit.MILLISECONDS).join();
    } catch (CancellationException e) {
      LOG.debug("{} is ended while it pauses", this);
    }
  }

  /// Whoever ends it from now on cancels this; who has ended it before is seen.
  private void awaited(CompletableFuture<?> wait) {
    waiting = wait;
    if (isEnding()) {
      wait.cancel(false);
    }
  }

  /// On the loop, unless it has ended: then the subscription ends as well, for the server does.
  private void execute(Runnable task) {
    try {
      place.thread().execute(task);
    } catch (RejectedExecutionException e) {
      end(End.STOPPED);
    }
  }

  @Override
  public String toString() {
    return "subscription to " + String.join(",", channels) + " at " + cursor;
  }
}
