package dev.duet.server.http;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.exchange.SocketLimits;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.Wires;
import dev.duet.server.publish.Publisher;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;

/// Opens WebSockets on channels: payloads as they are, or envelopes.
final class ChannelSockets {
  /// Most fragments of a message: 16 KiB each still make the largest.
  private static final int MAX_FRAGMENTS = 1_024;

  private final HubLoops loops;
  private final Publisher publisher;
  private final ScheduledExecutorService timer;

  /// @param timer wakes sockets that wait for room to publish
  ChannelSockets(HubLoops loops, Publisher publisher, ScheduledExecutorService timer) {
    this.loops = loops;
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
    var socket =
        new ChannelSocket(
            channels,
            Since.of(visit.head(), query),
            ChannelReads.envelope(query) ? Wires.SOCKET_ENVELOPE : Wires.SOCKET,
            ChannelReads.endAtGap(query),
            loop,
            new SocketPublishing(
                publisher, visit.mayPublish() ? channels : List.of(), visit.loop(), timer));
    visit
        .exchange()
        .accept(
            protocols,
            new SocketLimits(publisher.limits().maxBodyBytes(), MAX_FRAGMENTS, publisher.quota()),
            socket);
  }
}
