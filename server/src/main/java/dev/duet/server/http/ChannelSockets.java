package dev.duet.server.http;

import dev.duet.protocol.Beginning;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Action;
import dev.duet.server.access.Caller;
import dev.duet.server.access.Pass;
import dev.duet.server.access.Rights;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.Peer;
import dev.duet.server.hub.Wire;
import dev.duet.server.hub.Wires;
import dev.duet.server.presence.Presence;
import dev.duet.server.publish.Publisher;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

/// Opens WebSockets on channels: payloads as they are, or envelopes.
final class ChannelSockets {
  /// Most fragments of a message: 16 KiB each still make the largest.
  private static final int MAX_FRAGMENTS = 1_024;

  private final Doorway doorway;
  private final HubLoops loops;
  private final HubSettings settings;
  private final Presence presence;
  private final Publisher publisher;
  private final ScheduledExecutorService timer;

  /// @param timer wakes sockets that wait for room to publish
  ChannelSockets(
      Doorway doorway,
      HubLoops loops,
      HubSettings settings,
      Presence presence,
      Publisher publisher,
      ScheduledExecutorService timer) {
    this.doorway = doorway;
    this.loops = loops;
    this.settings = settings;
    this.presence = presence;
    this.publisher = publisher;
    this.timer = timer;
  }

  void open(Visit visit, List<String> channels) {
    Query query = visit.query().only(ChannelReads.streamParameters());
    List<String> protocols = Subprotocols.ofChannels(visit.head());
    HubLoop loop = loops.of(visit.loop());
    if (loop.stopped()) {
      throw new DuetException(ErrorCode.STOPPING, "the server stops");
    }
    Beginning beginning = Since.of(visit.head(), query);
    Wire wire = ChannelReads.envelope(query) ? Wires.SOCKET_ENVELOPE : Wires.SOCKET;
    boolean endAtGap = ChannelReads.endAtGap(query);
    Duration pace = Pace.of(query);
    Attending attending = Attending.of(presence, channels, query);
    doorway.enter(
        visit,
        Action.SUBSCRIBE,
        channels,
        pass -> {
          attending.as(pass.user()).check();
          accept(
              visit,
              protocols,
              new ChannelSocket(
                  channels,
                  beginning,
                  wire,
                  endAtGap,
                  pace,
                  loop,
                  settings,
                  new Peer(visit.head().remote(), pass.user()),
                  listener -> doorway.guard().hold(visit.loop(), pass, listener),
                  attending,
                  publishing(visit, channels, pass)));
        });
  }

  private SocketPublishing publishing(Visit visit, List<String> channels, Pass pass) {
    var rights = new Rights(doorway.guard(), new Caller(visit.head()), pass.user(), visit.loop());
    List<String> publishable = visit.mayPublish() ? channels : List.of();
    return new SocketPublishing(publisher, rights, publishable, visit.loop(), timer);
  }

  private void accept(Visit visit, List<String> protocols, ChannelSocket socket) {
    visit
        .exchange()
        .accept(
            protocols,
            new SocketLimits(publisher.limits().maxBodyBytes(), MAX_FRAGMENTS, publisher.quota()),
            socket);
  }
}
