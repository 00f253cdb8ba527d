package dev.duet.server.http;

import dev.duet.broker.Namespaces;
import dev.duet.protocol.Beginning;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Action;
import dev.duet.server.exchange.Response;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.HubSettings;
import dev.duet.server.hub.Wire;
import dev.duet.server.hub.Wires;
import dev.duet.server.presence.Presence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `GET` of channels: a stream, a page, a socket or a page for people, as the client asks.
final class ChannelReads {
  private static final String NOTE =
      "Server-Sent Events. The same URL also answers Accept: application/x-ndjson (an object a"
          + " line), application/json (a page; with wait=25s a long poll), text/html (for people),"
          + " and Upgrade: websocket.";

  private final Namespaces namespaces;
  private final Doorway doorway;
  private final HubLoops loops;
  private final HubSettings settings;
  private final Presence presence;
  private final ChannelSockets sockets;
  private final ChannelInfos infos;
  private final Site site;

  ChannelReads(
      Namespaces namespaces,
      Doorway doorway,
      HubLoops loops,
      HubSettings settings,
      Presence presence,
      ChannelSockets sockets,
      ChannelInfos infos,
      Site site) {
    this.infos = infos;
    this.namespaces = namespaces;
    this.doorway = doorway;
    this.loops = loops;
    this.settings = settings;
    this.presence = presence;
    this.sockets = sockets;
    this.site = site;
  }

  void get(Visit visit, List<String> channels) {
    channels.forEach(namespaces::check);
    if (visit.head().wantsWebSocket()) {
      sockets.open(visit, channels);
      return;
    }
    if ("".equals(visit.query().get("presence"))) {
      attendees(visit, channels);
      return;
    }
    if (visit.query().has("info") && !visit.query().has("presence")) {
      infos.answer(doorway, visit, channels);
      return;
    }
    Accept.Choice choice = Accept.choose(visit.head().headers("accept"));
    if (choice == null) {
      throw new DuetException(
          ErrorCode.NOT_ACCEPTABLE,
          "a channel comes as text/event-stream, application/x-ndjson, application/json or"
              + " text/html");
    }
    switch (choice.form()) {
      case EVENT_STREAM -> stream(visit, channels, "text/event-stream", choice.named());
      case NDJSON -> stream(visit, channels, "application/x-ndjson", false);
      case JSON -> new JsonPage(visit, channels, presence).answer(doorway, loops.of(visit.loop()));
      case HTML -> visit.respond(visit.isOnRoute() ? moved(channels) : site.channel(visit.head()));
    }
  }

  private void stream(Visit visit, List<String> channels, String contentType, boolean named) {
    Query query = visit.query().only(streamParameters());
    Beginning beginning = Since.of(visit.head(), query);
    boolean events = contentType.equals("text/event-stream");
    boolean envelope = envelope(query);
    boolean endAtGap = endAtGap(query);
    Duration pace = Pace.of(query);
    Wire wire = !events ? Wires.NDJSON : envelope ? Wires.SSE_ENVELOPE : Wires.SSE;
    @Nullable String note = events && !named ? NOTE : null;
    Attending attending = Attending.of(presence, channels, query);
    var stream = new HttpStream(visit, contentType, channels, wire, named, settings, attending);
    doorway.enter(
        visit,
        Action.SUBSCRIBE,
        channels,
        pass -> {
          if (visit.isHead()) {
            visit.stream(contentType);
          } else {
            HubLoop loop = loops.of(visit.loop());
            stream.open(doorway.guard(), pass, loop, beginning, endAtGap, pace, note);
          }
        },
        stream::refuse);
  }

  /// Who is there.
  private void attendees(Visit visit, List<String> channels) {
    Query query = visit.query().only(List.of("presence", "after", "limit"));
    if (channels.size() > 1) {
      throw new DuetException(
          ErrorCode.TOO_MANY_CHANNELS, "who is there is asked of one channel at a time");
    }
    String channel = channels.getFirst();
    int limit = query.number("limit", JsonPage.DEFAULT_LIMIT, 1, JsonPage.MAX_LIMIT);
    doorway.enter(
        visit,
        Action.PRESENCE,
        channels,
        pass ->
            visit.respond(
                Response.of(
                    200,
                    "application/json",
                    presence.json(channel, query.get("after"), limit, JsonPage.MAX_BYTES))));
  }

  static List<String> streamParameters() {
    var names = new ArrayList<>(Since.PARAMETERS);
    names.add("envelope");
    names.add("gap");
    names.add(Pace.PARAMETER);
    names.addAll(Attending.PARAMETERS);
    return names;
  }

  static boolean envelope(Query query) {
    return chosen(query, "envelope", "json");
  }

  static boolean endAtGap(Query query) {
    return chosen(query, "gap", "end");
  }

  private static boolean chosen(Query query, String name, String only) {
    String value = query.get(name);
    if (value != null && !value.equals(only)) {
      throw Query.bad("'" + name + "' is " + only + ", or left out");
    }
    return value != null;
  }

  /// The page of channels is at their own URL.
  private static Response moved(List<String> channels) {
    return Response.empty(302).with("location", Resources.CHANNELS + String.join(",", channels));
  }
}
