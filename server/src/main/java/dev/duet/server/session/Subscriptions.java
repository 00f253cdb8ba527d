package dev.duet.server.session;

import dev.duet.protocol.Beginning;
import dev.duet.protocol.CloseCode;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.hub.Admission.Verdict;
import dev.duet.server.hub.Bundle;
import dev.duet.server.hub.Ending;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.Peer;
import dev.duet.server.hub.SubscribeRequest;
import dev.duet.server.hub.Wires;
import dev.duet.server.presence.Attendance;
import dev.duet.server.presence.Introduction;
import dev.duet.server.presence.Presence;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The channels that a session follows: its part of the hub. Confined to the loop.
final class Subscriptions implements Bundle.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

  private final Session session;
  private final HubLoop hub;
  private final Presence presence;
  private final SessionLimits limits;
  private final long paceNanos;
  private final Peer peer;
  private final List<Attendance> attendances = new ArrayList<>(1);

  /// The channels of subscriptions whose beginning was not yet told, without those that were left.
  private final List<Set<String>> beginning = new ArrayList<>();

  /// What answers those of them that the hub will begin when there is room.
  private final Map<Set<String>, Reply> admitted = new IdentityHashMap<>();

  private @Nullable Bundle bundle;
  private @Nullable Outlet outlet;

  Subscriptions(
      Session session,
      HubLoop hub,
      Presence presence,
      SessionLimits limits,
      long paceNanos,
      Peer peer) {
    this.session = session;
    this.hub = hub;
    this.presence = presence;
    this.limits = limits;
    this.paceNanos = paceNanos;
    this.peer = peer;
  }

  /// From now on it delivers to `to`.
  ///
  /// @return false if the server stops
  boolean begin(Outlet to) {
    if (hub.stopped()) {
      return false;
    }
    outlet = to;
    bundle = hub.bundle(to, Wires.SESSION, paceNanos, peer, this);
    return true;
  }

  void close() {
    attendances.forEach(Attendance::close);
    attendances.clear();
    if (bundle != null) {
      bundle.close();
    }
  }

  /// Offers a frame of the session's own. After the hub's last words there is no waiting for room.
  Outlet.Offer offer(ByteBuf frame) {
    if (bundle == null || outlet == null) {
      return Outlet.Offer.CLOSED;
    }
    if (!bundle.closed()) {
      return bundle.offer(frame);
    }
    Outlet.Offer last = outlet.offer(frame);
    outlet.flush();
    return last == Outlet.Offer.BEHIND ? Outlet.Offer.CLOSED : last;
  }

  // ---- requests

  /// Follows channels, each subscription on its own; the reply is settled when all are known.
  ///
  /// @param who as whom to be a member of them, or null
  /// @throws DuetException if a channel is followed already, or there are too many, or members of
  ///     one; then nothing is done
  void open(List<Subscribe.Wanted> wanted, @Nullable Introduction who, Reply reply) {
    Bundle to = bundle;
    if (to == null || to.closed()) {
      throw new DuetException(ErrorCode.STOPPING, "the server stops");
    }
    var all = new ArrayList<String>();
    for (Subscribe.Wanted one : wanted) {
      for (String channel : one.channels()) {
        if (to.contains(channel)) {
          throw new DuetException(
              ErrorCode.BAD_REQUEST,
              "'" + channel + "' is followed by this socket already; unsubscribe it first");
        }
        all.add(channel);
      }
    }
    if (to.size() + all.size() > limits.maxChannels()) {
      throw new DuetException(
          ErrorCode.TOO_MANY_CHANNELS,
          "a socket follows at most "
              + limits.maxChannels()
              + " channels; this one follows "
              + to.size());
    }
    if (who != null) {
      attendances.add(presence.join(all, who, reply.user()));
    }
    var left = new int[] {wanted.size()};
    for (Subscribe.Wanted one : wanted) {
      var channels = new TreeSet<>(one.channels());
      beginning.add(channels);
      session.whenDone(
          to.open(request(one.beginning(), channels, reply)),
          (verdict, failure) -> {
            told(channels, reply, verdict, failure);
            left[0]--;
            if (left[0] == 0) {
              reply.done();
            }
          });
    }
  }

  private SubscribeRequest request(Beginning where, Set<String> channels, Reply reply) {
    return new SubscribeRequest(
        List.copyOf(channels),
        where.cursor(),
        where.start(),
        cursor -> {
          begun(channels);
          return subscribed(reply, channels, cursor).frame();
        });
  }

  private static Message subscribed(
      Reply reply, Collection<String> channels, @Nullable String cursor) {
    return reply.message("subscribed").channels("channels", channels).text("cursor", cursor);
  }

  private void begun(Set<String> channels) {
    beginning.removeIf(one -> one == channels);
    admitted.remove(channels);
  }

  private void told(
      Set<String> channels, Reply reply, @Nullable Verdict verdict, @Nullable Throwable failure) {
    if (verdict == Verdict.READY) {
      if (beginning.stream().anyMatch(one -> one == channels)) {
        admitted.put(channels, reply);
        tellLeft();
      }
      return;
    }
    begun(channels);
    absent(channels);
    if (verdict == Verdict.LEFT) {
      // all that it wanted was unsubscribed meanwhile
      session.say(subscribed(reply, List.of(), null));
      return;
    }
    if (verdict == Verdict.ENDED) {
      String cursor = session.present();
      session.say(subscribed(reply, channels, cursor));
      for (String channel : channels) {
        session.say(
            Message.of("end", null)
                .text("channel", channel)
                .text("reason", Ending.Reason.ENDED.text())
                .text("cursor", cursor));
      }
      return;
    }
    DuetException why = why(verdict);
    if (verdict == null) {
      LOG.warn("{} could not be followed: {}", channels, String.valueOf(failure));
    }
    session.say(reply.error(why).channels("channels", channels));
  }

  private static DuetException why(@Nullable Verdict verdict) {
    if (verdict == Verdict.STOPPING) {
      return new DuetException(ErrorCode.STOPPING, "the server stops");
    }
    return new DuetException(ErrorCode.UNAVAILABLE, "the log could not be read, try again");
  }

  /// Whether one of these channels is followed.
  boolean follows(Collection<String> channels) {
    return bundle != null && channels.stream().anyMatch(bundle::contains);
  }

  /// Nothing more of these channels is offered, for what its client was allowed is over; it is told
  /// of each.
  void withdraw(List<String> channels, ErrorCode why, int retryMillis) {
    if (bundle == null) {
      return;
    }
    List<String> followed = channels.stream().filter(bundle::contains).toList();
    leave(followed);
    for (String channel : followed) {
      session.say(
          Message.of("end", null)
              .text("channel", channel)
              .text("reason", why.text())
              .number("retry", retryMillis));
    }
  }

  /// How many channels are followed.
  int size() {
    return bundle == null ? 0 : bundle.size();
  }

  /// How long the client at this place of many waits before it asks again.
  int retryMillis(int place) {
    return hub.retryMillis(place);
  }

  /// Nothing more of these channels is offered.
  void leave(Collection<String> channels) {
    absent(channels);
    if (bundle != null) {
      bundle.leave(channels);
      beginning.forEach(one -> channels.forEach(one::remove));
      tellLeft();
    }
  }

  /// Answers those that are admitted, but of which nothing is left: the hub will not begin them.
  private void tellLeft() {
    List<Set<String>> left = admitted.keySet().stream().filter(Set::isEmpty).toList();
    for (Set<String> channels : left) {
      Reply reply = admitted.get(channels);
      begun(channels);
      if (reply != null) {
        session.say(subscribed(reply, List.of(), null));
      }
    }
  }

  /// No longer a member of these.
  private void absent(Collection<String> channels) {
    attendances.forEach(one -> one.leave(channels));
    attendances.removeIf(Attendance::isEmpty);
  }

  // ---- what the hub calls

  @Override
  public void ready() {
    session.ready();
  }

  /// The socket tells it as well, when it has closed.
  @Override
  public void gone() {}

  @Override
  public void ended(Ending ending) {
    if (ending.reason() == Ending.Reason.RESTART) {
      session.end(CloseCode.SERVICE_RESTART, Integer.toString(ending.retryMillis()));
    } else {
      session.end(CloseCode.TRY_AGAIN_LATER, ending.reason().text());
    }
  }
}
