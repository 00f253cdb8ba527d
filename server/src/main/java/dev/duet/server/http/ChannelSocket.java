package dev.duet.server.http;

import dev.duet.protocol.Beginning;
import dev.duet.protocol.CloseCode;
import dev.duet.protocol.DuetException;
import dev.duet.server.access.Lease;
import dev.duet.server.access.Withdrawal;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketReceiver;
import dev.duet.server.hub.Admission;
import dev.duet.server.hub.Ending;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.Peer;
import dev.duet.server.hub.StreamRequest;
import dev.duet.server.hub.Subscription;
import dev.duet.server.hub.Wire;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One WebSocket on channels: what is published there goes to the client, what the client sends is
/// published. Confined to its loop.
final class ChannelSocket implements SocketReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelSocket.class);

  private final List<String> channels;
  private final Beginning beginning;
  private final Wire wire;
  private final boolean endAtGap;
  private final Duration pace;
  private final HubLoop loop;
  private final HubSettings settings;
  private final Peer peer;
  private final Function<Consumer<Withdrawal>, Lease> hold;
  private final Attending attending;
  private final SocketPublishing publishing;
  private @Nullable Lease lease;
  private @Nullable Socket socket;
  private @Nullable Subscription subscription;
  private boolean closed;

  /// @param hold begins to rest on what its reader was allowed
  ChannelSocket(
      List<String> channels,
      Beginning beginning,
      Wire wire,
      boolean endAtGap,
      Duration pace,
      HubLoop loop,
      HubSettings settings,
      Peer peer,
      Function<Consumer<Withdrawal>, Lease> hold,
      Attending attending,
      SocketPublishing publishing) {
    this.channels = channels;
    this.beginning = beginning;
    this.wire = wire;
    this.endAtGap = endAtGap;
    this.pace = pace;
    this.loop = loop;
    this.settings = settings;
    this.peer = peer;
    this.hold = hold;
    this.attending = attending;
    this.publishing = publishing;
  }

  @Override
  public void opened(Socket opened, String protocol) {
    socket = opened;
    lease = hold.apply(this::withdrawn);
    publishing.opened(opened);
    var request =
        new StreamRequest(
            channels,
            beginning.cursor(),
            beginning.start(),
            wire,
            endAtGap,
            pace.toNanos(),
            null,
            peer,
            this::ended);
    loop.open(request).whenCompleteAsync(this::admitted, publishing.loop());
  }

  private void admitted(@Nullable Admission admission, @Nullable Throwable failure) {
    Socket to = socket;
    Subscription ready = admission == null ? null : admission.subscription();
    if (to == null || closed) {
      if (ready != null) {
        ready.close();
      }
    } else if (ready != null) {
      begin(ready, to);
    } else if (admission == null) {
      LOG.warn("A socket on {} could not be opened: {}", channels, String.valueOf(failure));
      to.close(CloseCode.TRY_AGAIN_LATER.code(), "the log could not be read");
    } else {
      switch (admission.verdict()) {
        case ENDED -> to.close(CloseCode.NORMAL.code(), "ended");
        case GAP -> to.close(CloseCode.GAP.code(), "gap");
        default -> to.close(CloseCode.SERVICE_RESTART.code(), "the server stops");
      }
    }
  }

  private void begin(Subscription ready, Socket to) {
    try {
      attending.begin();
    } catch (DuetException e) {
      ready.close();
      to.close(e.code().closeCode().code(), e.code().text());
      return;
    }
    subscription = ready;
    ready.begin(to.outlet());
  }

  private void ended(Ending ending) {
    if (socket != null && !closed) {
      CloseCode code =
          switch (ending.reason()) {
            case ENDED -> CloseCode.NORMAL;
            case GAP -> CloseCode.GAP;
            case RESTART -> CloseCode.SERVICE_RESTART;
            case UNAVAILABLE -> CloseCode.TRY_AGAIN_LATER;
            case EXPIRED -> CloseCode.EXPIRED;
            case REVOKED -> CloseCode.REVOKED;
          };
      boolean restart = ending.reason() == Ending.Reason.RESTART;
      String reason = restart ? Integer.toString(ending.retryMillis()) : ending.reason().text();
      socket.close(code.code(), reason);
    }
  }

  private void withdrawn(Withdrawal why) {
    publishing.closed();
    Ending ending = Withdrawn.ending(why, settings);
    if (subscription != null) {
      subscription.end(ending);
    }
    ended(ending);
  }

  @Override
  public void text(byte[] message) {
    publishing.text(message);
  }

  @Override
  public void binary(byte[] message) {
    publishing.binary(message);
  }

  @Override
  public void closed(int code, String reason) {
    closed = true;
    attending.end();
    publishing.closed();
    if (lease != null) {
      lease.close();
    }
    if (subscription != null) {
      subscription.close();
    }
  }
}
