package dev.duet.systemtests.clients;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A client that does not come back by itself, opened again with its last cursor whenever its
/// connection has ended; with several kinds of sessions, each time another.
final class ReopenedClient implements AutoCloseable {
  private static final int PAUSE_MILLIS = 50;

  private final Journal journal;
  private final List<Session> sessions;
  private final String url;
  private final String since;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicReference<Runnable> closing = new AtomicReference<>(() -> {});
  private final Thread thread;
  private volatile @Nullable Throwable failure;

  ReopenedClient(Journal journal, List<Session> sessions, String url, String since) {
    this.journal = journal;
    this.sessions = sessions;
    this.url = url;
    this.since = since;
    this.thread = Thread.ofVirtual().name(journal.name()).start(this::run);
  }

  private void run() {
    try {
      for (int i = 0; stopped.getCount() > 0; i++) {
        String cursor = journal.cursor();
        String from = cursor == null ? "?since=" + since : "?last_event_id=" + cursor;
        try {
          sessions.get(i % sessions.size()).run(url + from, journal, this::closing);
        } catch (IOException | ExecutionException | TimeoutException e) {
          // its connection was cut, or could not be opened: the next one says more
        }
        journal.mark("reopens", "", -1);
        var unused = stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (Throwable e) {
      failure = e;
    }
  }

  private void closing(Runnable closer) {
    closing.set(closer);
    if (stopped.getCount() == 0) {
      closer.run();
    }
  }

  /// @throws AssertionError if it failed for another reason than its connection
  void check() {
    if (failure != null) {
      throw new AssertionError(journal.name() + " failed", failure);
    }
  }

  @Override
  public void close() throws InterruptedException {
    stopped.countDown();
    closing.get().run();
    thread.join(TimeUnit.SECONDS.toMillis(10));
  }
}
