package dev.duet.server.http;

import dev.duet.protocol.CloseCode;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.PayloadType;
import dev.duet.server.access.Action;
import dev.duet.server.access.Rights;
import dev.duet.server.exchange.Socket;
import dev.duet.server.publish.Outcome;
import dev.duet.server.publish.Payload;
import dev.duet.server.publish.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Publishes what a client sends on a WebSocket, in its order. While a message cannot be appended
/// yet the socket is not read; after ten seconds it is closed with 1013. A message that is refused
/// closes the socket with the reason: none is dropped in silence. Confined to the socket's loop.
final class SocketPublishing {
  /// A tenth of a second between tries, for ten seconds.
  private static final int MAX_TRIES = 100;

  private static final int TRY_EVERY_MILLIS = 100;

  private final Publisher publisher;
  private final Rights rights;
  private final List<String> channels;
  private final Executor loop;
  private final ScheduledExecutorService timer;
  private @Nullable Socket socket;
  private boolean paused;

  /// @param channels where to; none if nothing may be published here
  SocketPublishing(
      Publisher publisher,
      Rights rights,
      List<String> channels,
      Executor loop,
      ScheduledExecutorService timer) {
    this.publisher = publisher;
    this.rights = rights;
    this.channels = channels;
    this.loop = loop;
    this.timer = timer;
  }

  Executor loop() {
    return loop;
  }

  void opened(Socket opened) {
    socket = opened;
  }

  /// From now on nothing more is published: what waited was not acknowledged.
  void closed() {
    socket = null;
  }

  void text(byte[] message) {
    take(message, true);
  }

  void binary(byte[] message) {
    take(message, false);
  }

  /// Its bytes count already.
  private void take(byte[] message, boolean text) {
    if (channels.isEmpty()) {
      publisher.quota().release(message.length);
      close(ErrorCode.FORBIDDEN, "this path is to be read, not published to");
      return;
    }
    var prepared =
        publisher
            .prepare(
                message.length,
                loop,
                () -> text ? Payload.guess(message) : new Payload(PayloadType.BYTES, message))
            .toCompletableFuture();
    pause(!prepared.isDone());
    prepared.whenComplete(
        (payload, failure) -> {
          if (payload == null) {
            publisher.quota().release(message.length);
            refuse(failure);
          } else {
            ask(Draft.of(payload.type(), payload.data()));
          }
        });
  }

  /// Not read meanwhile: what the client sent later waits in its order.
  private void ask(Draft draft) {
    var decided = rights.ask(Action.PUBLISH, channels).toCompletableFuture();
    pause(!decided.isDone());
    decided.whenComplete(
        (pass, failure) -> {
          if (pass == null) {
            publisher.quota().release(draft.data().length);
            refuse(failure);
          } else {
            append(draft.withFrom(pass.user()), new ArrayList<>(channels), 1);
          }
        });
  }

  /// Appends to those channels that have not yet taken it.
  private void append(Draft draft, List<String> left, int tries) {
    while (socket != null && !left.isEmpty()) {
      try {
        var outcome = publisher.publish(left.getFirst(), draft).toCompletableFuture();
        if (outcome.isDone()
            && outcome.join() instanceof Outcome.Refused refused
            && refused.code() == ErrorCode.BUSY
            && tries < MAX_TRIES) {
          again(() -> append(draft, left, tries + 1));
          return;
        }
        int last = left.size() == 1 ? draft.data().length : 0;
        outcome.whenComplete((known, failure) -> publisher.quota().release(last));
        outcome.whenCompleteAsync(this::appended, loop);
        left.removeFirst();
      } catch (RuntimeException e) {
        publisher.quota().release(draft.data().length);
        refuse(e);
        return;
      }
    }
    if (!left.isEmpty()) {
      publisher.quota().release(draft.data().length);
    }
    pause(false);
  }

  private void appended(@Nullable Outcome outcome, @Nullable Throwable failure) {
    if (failure != null) {
      refuse(failure);
    } else if (outcome instanceof Outcome.Refused refused) {
      close(refused.code(), refused.detail());
    }
  }

  private void again(Runnable task) {
    pause(true);
    var unused = timer.schedule(() -> loop.execute(task), TRY_EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void refuse(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof DuetException e) {
      close(e.code(), e.detail());
    } else {
      close(ErrorCode.INTERNAL, "the server failed");
    }
  }

  private void close(ErrorCode code, String detail) {
    Socket open = socket;
    socket = null;
    if (open != null) {
      CloseCode with = code == ErrorCode.STORAGE_FULL ? CloseCode.INTERNAL_ERROR : code.closeCode();
      open.close(with.code(), code.text() + ": " + detail);
    }
  }

  private void pause(boolean wanted) {
    if (socket != null && paused != wanted) {
      paused = wanted;
      socket.pauseReading(wanted);
    }
  }
}
