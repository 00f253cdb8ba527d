package dev.duet.server.hub;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A reader of the simulation: remembers what a browser would from the bytes that it got, and
/// returns with it, to any loop and on any transport.
final class SimClient implements SimReader {
  private static final Wire[] WIRES = {
    Wires.SSE, Wires.SSE_ENVELOPE, Wires.NDJSON, Wires.SOCKET_ENVELOPE
  };

  static final int SLOWEST_PACE_MILLIS = 2_000;

  private final Random random;
  private final SimTruth truth;
  private final Broker broker;
  private final List<String> channels;
  private final Map<String, SimKnowledge> knowledge = new LinkedHashMap<>();
  private final List<String> remembered = new ArrayList<>();
  private Start start;

  private String cursor;
  private SimOutlet outlet;
  private SimParser parser;
  private SimStream stream;
  private Subscription subscription;
  private boolean opening;
  private boolean polling;
  private int attempt;
  private boolean done;
  private boolean stalled;
  private boolean live;
  private boolean gapEnd;
  private boolean quiet;
  private String expectedEnd;
  private boolean paced;

  SimClient(Random random, SimTruth truth, Broker broker, List<String> channels, Start start) {
    this.random = random;
    this.truth = truth;
    this.broker = broker;
    this.channels = channels;
    this.start = start;
    for (String channel : channels) {
      knowledge.put(channel, new SimKnowledge(truth, channel));
    }
  }

  @Override
  public boolean connected() {
    return outlet != null || opening || polling;
  }

  @Override
  public boolean paced() {
    return paced;
  }

  @Override
  public boolean done() {
    return done;
  }

  @Override
  public boolean live() {
    return live && outlet != null;
  }

  @Override
  public void stall(boolean value) {
    stalled = value;
  }

  // -- coming
  // --------------------------------------------------------------------------------------

  @Override
  public void connect(SimLoop thread, HubLoop loop, boolean calm) {
    if (connected() || done) {
      return;
    }
    int mine = ++attempt;
    knowledge.values().forEach(SimKnowledge::connects);
    if (!calm && random.nextInt(5) == 0) {
      tamper();
    }
    Cursor sent = cursor == null ? null : parse(cursor);
    if (Boolean.getBoolean("duet.sim.trace")) {
      System.err.println(this + " comes");
    }
    if (sent != null) {
      knowledge.forEach(
          (channel, one) -> {
            switch (truth.standing(sent, channel)) {
              case KNOWN -> {}
              case PAST -> one.expectBreak(truth.pastOffset(sent, channel), end(channel));
              case UNKNOWN -> one.expectUnknown();
            }
          });
    }
    if (!calm && random.nextInt(4) == 0) {
      poll(loop, sent, mine);
      return;
    }
    Wire wire = WIRES[random.nextInt(WIRES.length)];
    gapEnd = !calm && random.nextInt(8) == 0;
    long pace = random.nextInt(5) == 0 ? random.nextInt(SLOWEST_PACE_MILLIS) * 1_000_000L : 0;
    var carrier =
        new SimOutlet(
            thread, 50 + random.nextInt(400), () -> !calm && !quiet && random.nextInt(300) == 0);
    paced = pace > 0;
    opening = true;
    var request =
        new StreamRequest(
            channels, sent, start, wire, gapEnd, pace, null, Scene.PEER, ending -> carrier.end());
    loop.open(request)
        .whenComplete(
            (admission, failure) -> {
              if (failure == null) {
                opened(admission, wire, carrier, mine);
              } else if (mine == attempt) {
                opening = false;
              }
            });
  }

  private void opened(Admission admission, Wire wire, SimOutlet carrier, int mine) {
    if (mine != attempt) {
      if (admission.subscription() != null) {
        admission.subscription().close();
      }
      return;
    }
    opening = false;
    switch (admission.verdict()) {
      case READY -> {
        outlet = carrier;
        parser = new SimParser(wire);
        stream = new SimStream(broker);
        subscription = admission.subscription();
        subscription.begin(carrier);
      }
      case ENDED -> {
        done = true;
        checkComplete();
      }
      case GAP -> {
        // the page would fetch its state anew
        cursor = null;
        start = Start.NOW;
        knowledge.values().forEach(one -> one.restart(-1));
      }
      case STOPPING -> throw new AssertionError("stopping");
    }
  }

  private void poll(HubLoop loop, Cursor sent, int mine) {
    polling = true;
    boolean lost = random.nextInt(4) == 0;
    long wait = random.nextBoolean() ? 0 : 1_000_000_000L;
    loop.page(
            new PageRequest(
                channels,
                sent,
                start,
                false,
                1 + random.nextInt(5),
                1 + random.nextInt(2_000),
                wait,
                random.nextInt(3) == 0 ? random.nextInt(2_000) * 1_000_000L : 0))
        .whenComplete(
            (answer, failure) -> {
              if (mine == attempt) {
                polling = false;
                if (failure == null && !lost) {
                  answered(answer);
                }
              }
            });
  }

  private void answered(PageAnswer answer) {
    Cursor after = Cursor.parse(answer.cursor());
    begins(after);
    for (Gap gap : answer.gaps()) {
      knowledge
          .get(gap.channel())
          .gap(
              new SimParser.SimGap(
                  gap.channel(),
                  gap.from(),
                  gap.to(),
                  gap.reason().text(),
                  gap.certain(),
                  gap.state()));
    }
    var read = new SimStream(broker);
    boolean processesAll = random.nextInt(4) > 0;
    for (PageAnswer.Entry entry : answer.publications()) {
      read.cursor(Cursor.parse(entry.cursor()));
      knowledge.get(entry.publication().channel()).publication(entry.publication());
      if (!processesAll && random.nextInt(3) == 0) {
        remember(entry.cursor());
        return;
      }
    }
    read.cursor(after);
    remember(answer.cursor());
  }

  private long end(String channel) {
    return broker.logs().get(broker.logOf(channel)).position();
  }

  private static Cursor parse(String text) {
    try {
      return Cursor.parse(text);
    } catch (DuetException e) {
      return Cursor.NONE;
    }
  }

  /// Comes back with something else than what it was given last.
  private void tamper() {
    switch (random.nextInt(6)) {
      case 0 -> {
        cursor = "zzzzz.5";
        knowledge.values().forEach(SimKnowledge::expectUnknown);
      }
      case 1 -> {
        cursor = "what's this";
        knowledge.values().forEach(SimKnowledge::expectUnknown);
      }
      case 2 -> {
        cursor =
            String.join(
                "~",
                broker.logs().stream()
                    .map(log -> log.ids().current() + "." + (log.position() + 1_000_000_000_000L))
                    .toList());
        knowledge.values().forEach(SimKnowledge::expectUnknown);
      }
      case 3 -> {
        var log = broker.logs().get(random.nextInt(broker.logs().size()));
        long at = log.position();
        cursor = log.ids().current() + "." + at;
        for (String channel : channels) {
          if (broker.logs().get(broker.logOf(channel)) == log) {
            knowledge.get(channel).restart(at);
          } else {
            knowledge.get(channel).expectUnknown();
          }
        }
      }
      default -> {
        if (!remembered.isEmpty()) {
          cursor = remembered.get(random.nextInt(remembered.size()));
          Cursor old = Cursor.parse(cursor);
          knowledge.forEach((channel, one) -> one.restart(truth.offsetIn(old, channel)));
        }
      }
    }
  }

  // -- receiving
  // -----------------------------------------------------------------------------------

  @Override
  public void receive(int count) {
    if (outlet == null || stalled) {
      return;
    }
    for (SimParser.Message message : parser.feed(outlet.drain(count))) {
      if (Boolean.getBoolean("duet.sim.trace")) {
        System.err.println(this + " gets " + message);
      }
      take(message);
    }
    if (outlet.isBroken() || outlet.atEnd()) {
      expectedEnd = null;
      outlet = null;
      live = false;
    }
  }

  private void take(SimParser.Message message) {
    Cursor after = message.cursor() == null ? null : Cursor.parse(message.cursor());
    if (after != null) {
      stream.cursor(after);
      begins(after);
    }
    if (expectedEnd != null && !message.event().equals("duet.end")) {
      throw new AssertionError("the end of " + expectedEnd + " is not told: " + message);
    }
    switch (message.event()) {
      case "cursor" -> {}
      case "duet.end" -> told(message.channel());
      case "duet.live" -> {
        live = true;
        if (after == null || after.origin() != null) {
          throw new AssertionError("live with cursor " + message.cursor());
        }
      }
      case "duet.gap" -> {
        stream.gap(message.gap().channel());
        knowledge.get(message.gap().channel()).gap(message.gap());
      }
      default -> {
        Publication publication = find(message);
        expectedEnd = publication.end() ? publication.channel() : null;
        stream.publication(publication.channel());
        knowledge.get(publication.channel()).publication(publication);
      }
    }
    if (message.cursor() != null) {
      remember(message.cursor());
    }
  }

  /// A channel's end comes with its last publication, or alone if the stream came after it.
  private void told(String channel) {
    if (channel != null) {
      expectedEnd = null;
      stream.end(channel);
      knowledge.get(channel).ended();
    }
  }

  /// Whether the ends of those of its channels that have ended were told.
  @Override
  public void checkEnds() {
    for (String channel : channels) {
      Log log = broker.logs().get(broker.logOf(channel));
      log.info(channel)
          .thenAccept(
              info -> {
                if (info.endedAt() > 0 && !stream.ended(channel)) {
                  throw new AssertionError("never told of the end: " + info);
                }
              })
          .toCompletableFuture()
          .join();
    }
  }

  @Override
  public void quiet() {
    quiet = true;
  }

  private Publication find(SimParser.Message message) {
    Publication publication =
        message.number() >= 0
            ? truth.numbered(message.number())
            : truth.of(message.channel()).get(message.offset());
    if (publication == null) {
      throw new AssertionError("never committed: " + message);
    }
    return publication;
  }

  private void begins(Cursor after) {
    if (after.origin() != null) {
      boolean held =
          after.origin().start() instanceof Start.Held
              || after.origin().start() instanceof Start.Default;
      knowledge.forEach(
          (channel, one) -> one.beginsPrivately(SimKnowledge.began(truth, after, channel), held));
    }
  }

  private void remember(String text) {
    cursor = text;
    Cursor plain = Cursor.parse(text);
    if (plain.origin() == null) {
      remembered.add(text);
      knowledge.forEach(
          (channel, one) -> {
            if (truth.standing(plain, channel) != SimTruth.Standing.PAST) {
              one.claims(truth.offsetIn(plain, channel));
            }
          });
    }
  }

  // -- going
  // ---------------------------------------------------------------------------------------

  @Override
  public void cut() {
    attempt++;
    expectedEnd = null;
    opening = false;
    polling = false;
    live = false;
    if (outlet != null) {
      outlet.cut();
      outlet = null;
    }
  }

  @Override
  public boolean forgotten() {
    return outlet != null && outlet.unflushed();
  }

  @Override
  public void checkComplete() {
    knowledge.forEach(
        (channel, one) -> one.complete(broker.logs().get(broker.logOf(channel)).position()));
  }

  @Override
  public String cursor() {
    return cursor;
  }

  @Override
  public String toString() {
    return channels + " at " + cursor + (live ? " live" : "") + (connected() ? "" : " away");
  }
}
