package dev.duet.app.client;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// Follows channels through cuts, restarts and drains: it keeps the newest cursor, and comes back
/// with it. A message counts as seen when whoever takes it has returned: nothing is lost, and
/// nothing comes twice.
public final class Follower {
  /// What happens to the connection, for people.
  public interface Told {
    /// It comes back by itself.
    ///
    /// @param why as the end of a sentence that begins with "the connection"
    void interrupted(String why, Duration pause);
  }

  /// Takes what comes, in order.
  @FunctionalInterface
  public interface Taker {
    /// Of a publication, a gap or the end of a channel. What it throws ends the following, and the
    /// message counts as not taken.
    ///
    /// @return whether there is to be more
    boolean take(Message message);
  }

  /// The names of the transports.
  public enum Transport {
    SSE,
    NDJSON,
    POLL,
    WEBSOCKET,
    DUET_V1;

    /// The word for it.
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }
  }

  private final Reading reading;
  private final Reading.Way way;
  private final Taker taker;
  private final Told told;
  private final Pauses pauses;
  private final Set<String> open;
  private final ReentrantLock taking = new ReentrantLock();
  private volatile @Nullable String cursor;
  private volatile boolean stopped;
  private boolean connected;

  /// @param random from 0 to 1, to spread returns
  public Follower(
      Reading reading, Transport transport, Taker taker, Told told, DoubleSupplier random) {
    this.reading = reading;
    this.way =
        switch (transport) {
          case SSE -> HttpWay.events();
          case NDJSON -> HttpWay.lines();
          case POLL -> new PollWay();
          case WEBSOCKET -> SocketWay.ofChannels();
          case DUET_V1 -> new SocketWay(new SessionTalk());
        };
    this.taker = taker;
    this.told = told;
    this.pauses = new Pauses(random);
    this.open = new HashSet<>(reading.names());
  }

  /// Follows until the taker has enough, or all channels have ended. Blocks.
  ///
  /// @return whether all channels have ended
  /// @throws ClientException if nothing takes connections at the first try, or the server refuses
  public boolean follow() throws InterruptedException {
    while (true) {
      Ending ending;
      try {
        ending = way.read(reading, cursor, this::take);
      } catch (IOException e) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (!connected && Remote.isRefused(e)) {
          throw reading.remote().unreachable(e);
        }
        connected = true;
        ending = new Ending.Again("broke", null);
      }
      if (open.isEmpty()) {
        return true;
      }
      switch (ending) {
        case Ending.Enough() -> {
          return false;
        }
        case Ending.Done() -> {
          return true;
        }
        case Ending.Refused(Failure failure) -> throw failure.exception();
        case Ending.Again(String why, Duration wait) -> {
          // It answered, so it is there.
          connected = true;
          Duration pause = pauses.next(wait);
          told.interrupted(why, pause);
          Thread.sleep(pause);
        }
      }
    }
  }

  /// Takes no more, and says where to go on. Any thread.
  ///
  /// @param patience for whoever is taking a message; after it that one may come again
  public @Nullable String stop(Duration patience) throws InterruptedException {
    boolean taken = taking.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
    stopped = true;
    if (taken) {
      taking.unlock();
    }
    return cursor;
  }

  private boolean take(Message message) {
    connected = true;
    taking.lock();
    try {
      if (stopped) {
        return false;
      }
      boolean more = true;
      // On return the end of a channel is told again.
      String ended = message.isEndOfChannel() ? message.channel() : null;
      boolean ends = ended != null && open.contains(ended);
      if (message.isPublication() || message.isGap() || ends) {
        more = taker.take(message);
        pauses.reset();
      } else if (message.isLive()) {
        pauses.reset();
      }
      String after = message.cursor();
      if (after != null) {
        cursor = after;
      }
      if (ended != null) {
        open.remove(ended);
      }
      return more && !open.isEmpty();
    } finally {
      taking.unlock();
    }
  }
}
