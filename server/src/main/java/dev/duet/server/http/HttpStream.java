package dev.duet.server.http;

import dev.duet.protocol.Beginning;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Lease;
import dev.duet.server.access.Pass;
import dev.duet.server.access.Withdrawal;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.Response;
import dev.duet.server.hub.Admission;
import dev.duet.server.hub.Ending;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.Peer;
import dev.duet.server.hub.StreamRequest;
import dev.duet.server.hub.Subscription;
import dev.duet.server.hub.Wire;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One answer that streams: Server-Sent Events or lines of JSON. Confined to its loop.
final class HttpStream {
  private static final Logger LOG = LoggerFactory.getLogger(HttpStream.class);
  private static final Outlet.Listener DEAF =
      new Outlet.Listener() {
        @Override
        public void ready() {}

        @Override
        public void gone() {}
      };

  private final Visit visit;
  private final String contentType;
  private final List<String> channels;
  private final Wire wire;
  private final boolean eventSource;
  private final HubSettings settings;
  private final Attending attending;
  private boolean gone;
  private @Nullable Outlet outlet;
  private @Nullable Lease lease;
  private @Nullable Withdrawal withdrawal;
  private @Nullable Subscription subscription;

  /// @param eventSource whether the client named `text/event-stream`: a browser's EventSource gives
  ///     up for good at any status but 200, so it is told in-band; all others get the real status
  HttpStream(
      Visit visit,
      String contentType,
      List<String> channels,
      Wire wire,
      boolean eventSource,
      HubSettings settings,
      Attending attending) {
    this.visit = visit;
    this.contentType = contentType;
    this.channels = channels;
    this.wire = wire;
    this.eventSource = eventSource;
    this.settings = settings;
    this.attending = attending;
  }

  /// What forbids it to begin is told as it would be where it came without being asked about.
  void refuse(Throwable failure) {
    if (failure instanceof DuetException e && e.code().temporary() && eventSource) {
      Ending.Reason reason =
          switch (e.code()) {
            case EXPIRED -> Ending.Reason.EXPIRED;
            case REVOKED -> Ending.Reason.REVOKED;
            default -> Ending.Reason.UNAVAILABLE;
          };
      say(List.of(wire.end(new Ending(reason, settings.retryMillis()))));
    } else {
      visit.fail(failure);
    }
  }

  void open(
      Guard guard,
      Pass pass,
      HubLoop loop,
      Beginning beginning,
      boolean endAtGap,
      Duration pace,
      @Nullable String note) {
    visit.exchange().onGone(() -> gone = true);
    lease = guard.hold(visit.loop(), pass, this::withdrawn);
    attending.as(pass.user());
    var request =
        new StreamRequest(
            channels,
            beginning.cursor(),
            beginning.start(),
            wire,
            endAtGap,
            pace.toNanos(),
            note,
            new Peer(visit.head().remote(), pass.user()),
            ending -> ended());
    loop.open(request).whenCompleteAsync(this::admitted, visit.loop());
  }

  private void admitted(@Nullable Admission admission, @Nullable Throwable failure) {
    Subscription ready = admission == null ? null : admission.subscription();
    if (gone || withdrawal != null || ready == null) {
      release();
    }
    if (ready != null && (gone || withdrawal != null)) {
      ready.close();
    }
    if (gone) {
      visit.stream(contentType).end();
    } else if (withdrawal != null) {
      refuse(withdrawal.reason().failure());
    } else if (admission == null) {
      unreadable(failure);
    } else if (ready != null) {
      begin(ready);
    } else {
      refused(admission.verdict());
    }
  }

  private void begin(Subscription ready) {
    try {
      attending.begin();
    } catch (DuetException e) {
      release();
      ready.close();
      refuse(e);
      return;
    }
    outlet = visit.stream(contentType);
    subscription = ready;
    ready.onClose(this::release);
    ready.begin(outlet);
  }

  private void release() {
    attending.end();
    if (lease != null) {
      lease.close();
    }
  }

  private void withdrawn(Withdrawal why) {
    withdrawal = why;
    if (subscription != null) {
      subscription.end(Withdrawn.ending(why, settings));
    }
  }

  /// The hub ends the stream; its last bytes are offered.
  private void ended() {
    if (outlet != null) {
      outlet.end();
    }
  }

  private void refused(Admission.Verdict verdict) {
    switch (verdict) {
      case ENDED -> {
        if (eventSource) {
          visit.respond(Response.empty(204));
        } else {
          say(channels.stream().map(channel -> wire.channelEnded(channel, null)).toList());
        }
      }
      case GAP -> {
        if (eventSource) {
          visit.respond(Response.empty(204));
        } else {
          say(List.of(wire.end(new Ending(Ending.Reason.GAP, settings.retryMillis()))));
        }
      }
      case STOPPING -> comeBack(Ending.Reason.RESTART, ErrorCode.STOPPING, "the server stops");
      case READY -> throw new IllegalStateException("ready without a subscription");
    }
  }

  private void unreadable(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof DuetException e) {
      visit.fail(e);
      return;
    }
    LOG.warn("A stream of {} could not be opened: {}", channels, String.valueOf(cause));
    comeBack(
        Ending.Reason.UNAVAILABLE, ErrorCode.UNAVAILABLE, "the log could not be read, try again");
  }

  private void comeBack(Ending.Reason reason, ErrorCode code, String detail) {
    if (eventSource) {
      say(List.of(wire.end(new Ending(reason, settings.retryMillis()))));
    } else {
      visit.respond(
          Problem.response(code, detail)
              .with("retry-after", Visit.retryAfter(settings.retryMillis())));
    }
  }

  /// Streams these frames, and ends.
  private void say(List<ByteBuf> frames) {
    Outlet to = visit.stream(contentType);
    to.listen(DEAF);
    for (ByteBuf frame : frames) {
      to.offer(frame);
      frame.release();
    }
    to.flush();
    to.end();
  }
}
