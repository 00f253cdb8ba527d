package dev.duet.server.hub;

import dev.duet.broker.Late;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import dev.duet.server.exchange.Outlet;
import dev.duet.server.exchange.SocketFrames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// A client of the simulation with several subscriptions on one socket: what a program would do
/// that was written from the rules of ADR 4. It keeps one cursor for all that was told live, and
/// one per subscription that was not; it leaves channels and comes back to them at any time, also
/// while what was sent before is on the way.
final class SimBundle implements SimReader {
  private final Random random;
  private final SimTruth truth;
  private final Late broker;
  private final List<String> channels;
  private final List<Subscribed> wanted = new ArrayList<>();
  private final List<String> remembered = new ArrayList<>();

  /// What the client had of channels that it left, and where.
  private final Map<String, Left> left = new HashMap<>();

  // ---- the connection
  private int attempt;
  private SimOutlet outlet;
  private SimSessionParser parser;
  private Bundle bundle;
  private final ArrayDeque<ByteBuf> answers = new ArrayDeque<>();
  private boolean polling;
  private boolean stalled;
  private boolean quiet;
  private boolean paced;

  /// Whose the messages about a channel are, as of the message that was taken last.
  private final Map<String, Subscribed> active = new TreeMap<>();

  private final Set<String> ended = new HashSet<>();
  private final long[] newest;
  private String shared;
  private boolean sharedHere;
  private String expectedEnd;
  private int number;

  private record Left(SimKnowledge knowledge, String cursor) {}

  /// A subscription, as the client wants it.
  private final class Subscribed {
    private final int id = ++number;
    private final Map<String, SimKnowledge> knowledge = new TreeMap<>();
    private final Start start;
    private String cursor;
    private boolean asked;
    private boolean live;

    Subscribed(Start start) {
      this.start = start;
    }

    @Override
    public String toString() {
      return id + "" + knowledge.keySet() + (live ? " live" : " at " + cursor);
    }
  }

  SimBundle(Random random, SimTruth truth, Late broker, List<String> channels) {
    this.random = random;
    this.truth = truth;
    this.broker = broker;
    this.channels = channels;
    this.newest = new long[broker.logs().size()];
  }

  @Override
  public boolean connected() {
    return polling || (outlet != null && wanted.stream().allMatch(one -> one.asked));
  }

  @Override
  public boolean done() {
    return false;
  }

  @Override
  public boolean live() {
    return outlet != null && wanted.stream().allMatch(one -> one.live);
  }

  @Override
  public boolean paced() {
    return paced;
  }

  @Override
  public void stall(boolean value) {
    stalled = value;
  }

  @Override
  public void quiet() {
    quiet = true;
  }

  @Override
  public boolean forgotten() {
    return outlet != null && outlet.unflushed();
  }

  /// Null as long as nothing is live: there is nothing then that one cursor is told of.
  @Override
  public String cursor() {
    return wanted.isEmpty() ? null : shared;
  }

  // ---- coming

  @Override
  public void connect(SimLoop thread, HubLoop loop, boolean calm) {
    if (polling) {
      return;
    }
    if (outlet == null) {
      if (!calm && random.nextInt(4) == 0 && poll(loop)) {
        return;
      }
      open(thread, loop, calm);
    }
    for (Subscribed one : List.copyOf(wanted)) {
      if (!one.asked && bundle != null) {
        ask(one);
      }
    }
  }

  private void open(SimLoop thread, HubLoop loop, boolean calm) {
    int mine = ++attempt;
    long pace = !calm && random.nextInt(3) == 0 ? random.nextInt(2_000) * 1_000_000L : 0;
    paced = pace > 0;
    var carrier =
        new SimOutlet(
            thread, 50 + random.nextInt(600), () -> !calm && !quiet && random.nextInt(400) == 0);
    outlet = carrier;
    parser = new SimSessionParser();
    if (random.nextBoolean()) {
      joinEqual();
    }
    bundle =
        loop.bundle(
            carrier,
            Wires.SESSION,
            pace,
            Scene.PEER,
            new Bundle.Listener() {
              @Override
              public void ready() {
                if (mine == attempt) {
                  answer();
                }
              }

              @Override
              public void gone() {}

              @Override
              public void ended(Ending ending) {
                carrier.end();
              }
            });
  }

  /// Those that stand at the same cursor may come as one.
  private void joinEqual() {
    var first = new LinkedHashMap<String, Subscribed>();
    for (Subscribed one : List.copyOf(wanted)) {
      Subscribed other = one.cursor == null ? null : first.putIfAbsent(one.cursor, one);
      if (other != null) {
        other.knowledge.putAll(one.knowledge);
        wanted.remove(one);
      }
    }
  }

  /// Subscribes to something new.
  void subscribe() {
    var free = new ArrayList<>(channels);
    wanted.forEach(one -> free.removeAll(one.knowledge.keySet()));
    if (free.isEmpty()) {
      return;
    }
    var one = new Subscribed(anyStart());
    int count = 1 + random.nextInt(random.nextInt(3) == 0 ? 4 : 1);
    for (int i = 0; i < count; i++) {
      one.knowledge.computeIfAbsent(
          free.get(random.nextInt(free.size())), name -> new SimKnowledge(truth, name));
    }
    switch (random.nextInt(8)) {
      case 0 -> one.cursor = random.nextBoolean() ? "zzzzz.5" : "what's this";
      case 1, 2 -> {
        if (!remembered.isEmpty()) {
          one.cursor = remembered.get(random.nextInt(remembered.size()));
          Cursor old = Cursor.parse(one.cursor);
          one.knowledge.forEach((name, known) -> known.restart(truth.offsetIn(old, name)));
        }
      }
      case 3, 4, 5 -> {
        String name = one.knowledge.keySet().iterator().next();
        Left had = left.remove(name);
        if (had != null && had.cursor != null) {
          one.knowledge.clear();
          one.knowledge.put(name, had.knowledge);
          one.cursor = had.cursor;
        }
      }
      default -> {}
    }
    wanted.add(one);
    if (bundle != null && !bundle.closed()) {
      ask(one);
    }
  }

  private Start anyStart() {
    return switch (random.nextInt(5)) {
      case 0 -> Start.HELD;
      case 1 -> new Start.Last(1 + random.nextInt(5));
      case 2 -> new Start.Since(broker.clocks().millis() - random.nextInt(20_000));
      case 3 -> Start.NOW;
      default -> Start.DEFAULT;
    };
  }

  private void ask(Subscribed one) {
    int mine = attempt;
    one.asked = true;
    Cursor sent = expect(one);
    bundle
        .open(
            new SubscribeRequest(
                List.copyOf(one.knowledge.keySet()), sent, one.start, at -> subscribed(one, at)))
        .whenComplete(
            (verdict, failure) -> {
              if (failure != null && Boolean.getBoolean("duet.sim.trace")) {
                System.err.println(this + " is refused: " + failure);
              }
              if (mine == attempt && failure != null) {
                one.asked = false;
              } else if (mine == attempt && verdict == Admission.Verdict.ENDED) {
                one.knowledge.forEach(this::checkComplete);
                wanted.remove(one);
              } else if (verdict == Admission.Verdict.STOPPING) {
                throw new AssertionError("stopping");
              }
            });
  }

  private Cursor expect(Subscribed one) {
    one.knowledge.values().forEach(SimKnowledge::connects);
    Cursor sent = one.cursor == null ? null : parse(one.cursor);
    if (sent != null) {
      one.knowledge.forEach(
          (channel, known) -> {
            switch (truth.standing(sent, channel)) {
              case KNOWN -> {}
              case PAST -> known.expectBreak(truth.pastOffset(sent, channel), end(channel));
              case UNKNOWN -> known.expectUnknown();
            }
          });
    }
    return sent;
  }

  private static Cursor parse(String text) {
    try {
      return Cursor.parse(text);
    } catch (DuetException e) {
      return Cursor.NONE;
    }
  }

  private long end(String channel) {
    return broker.logs().get(broker.logOf(channel)).position();
  }

  private static ByteBuf subscribed(Subscribed one, String cursor) {
    return frame(
        "{\"type\":\"subscribed\",\"subscription\":%d,\"channels\":[%s]%s}"
            .formatted(
                one.id,
                list(one.knowledge.keySet()),
                cursor == null ? "" : ",\"cursor\":\"" + cursor + "\""));
  }

  private static String list(Collection<String> names) {
    return names.isEmpty() ? "" : "\"" + String.join("\",\"", names) + "\"";
  }

  private static ByteBuf frame(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteBuf out = Unpooled.buffer(bytes.length + SocketFrames.MAX_HEAD);
    SocketFrames.writeHead(out, SocketFrames.TEXT, bytes.length);
    return out.writeBytes(bytes);
  }

  /// Reads what it missed of everything at one cursor by a page, before it comes again.
  private boolean poll(HubLoop loop) {
    List<Subscribed> those =
        wanted.stream().filter(one -> shared != null && shared.equals(one.cursor)).toList();
    if (those.isEmpty()) {
      return false;
    }
    int mine = ++attempt;
    polling = true;
    boolean lost = random.nextInt(4) == 0;
    var names = new TreeSet<String>();
    Cursor sent = null;
    for (Subscribed one : those) {
      names.addAll(one.knowledge.keySet());
      sent = expect(one);
    }
    loop.page(
            new PageRequest(
                List.copyOf(names),
                sent,
                Start.NOW,
                false,
                1 + random.nextInt(5),
                1 + random.nextInt(2_000),
                0,
                0))
        .whenComplete(
            (answer, failure) -> {
              if (mine == attempt) {
                polling = false;
                if (failure == null && !lost) {
                  answered(those, answer);
                }
              }
            });
    return true;
  }

  private void answered(List<Subscribed> those, PageAnswer answer) {
    var known = new HashMap<String, SimKnowledge>();
    those.forEach(one -> known.putAll(one.knowledge));
    for (Gap gap : answer.gaps()) {
      SimKnowledge one = known.get(gap.channel());
      if (one != null) {
        String reason = gap.reason().text();
        one.gap(
            new SimParser.SimGap(
                gap.channel(), gap.from(), gap.to(), reason, gap.certain(), gap.state()));
      }
    }
    for (PageAnswer.Entry entry : answer.publications()) {
      SimKnowledge one = known.get(entry.publication().channel());
      if (one != null) {
        one.publication(entry.publication());
      }
    }
    for (Subscribed one : those) {
      one.cursor = answer.cursor();
      claim(one, Cursor.parse(answer.cursor()));
    }
  }

  // ---- leaving

  /// Leaves some channels.
  void unsubscribe() {
    if (wanted.isEmpty()) {
      return;
    }
    var names = new TreeSet<String>();
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      var its = List.copyOf(wanted.get(random.nextInt(wanted.size())).knowledge.keySet());
      names.add(its.get(random.nextInt(its.size())));
    }
    for (Subscribed one : List.copyOf(wanted)) {
      for (String name : names) {
        SimKnowledge had = one.knowledge.remove(name);
        if (had != null) {
          left.put(name, new Left(had, one.live ? shared : one.cursor));
        }
      }
      if (one.knowledge.isEmpty()) {
        wanted.remove(one);
      }
    }
    if (bundle != null && !bundle.closed()) {
      bundle.leave(names);
      for (String name : names) {
        if (bundle.contains(name)) {
          throw new AssertionError("still there: " + name);
        }
      }
      answers.add(frame("{\"type\":\"unsubscribed\",\"channels\":[" + list(names) + "]}"));
      answer();
    }
  }

  private void answer() {
    try {
      while (!answers.isEmpty() && bundle.offer(answers.peek()) == Outlet.Offer.WRITTEN) {
        answers.poll().release();
      }
    } catch (IllegalStateException failure) {
      outlet.abort();
    }
  }

  @Override
  public void cut() {
    attempt++;
    polling = false;
    if (outlet != null) {
      outlet.cut();
      away();
    }
  }

  /// What it returns with: one cursor for all that was live, its own for each that was not.
  private void away() {
    outlet = null;
    bundle = null;
    answers.forEach(ByteBuf::release);
    answers.clear();
    active.clear();
    ended.clear();
    expectedEnd = null;
    Arrays.fill(newest, 0);
    sharedHere = false;
    for (Subscribed one : wanted) {
      if (one.live) {
        one.cursor = shared;
      }
      one.live = false;
      one.asked = false;
    }
  }

  // ---- receiving

  @Override
  public void receive(int count) {
    if (outlet == null || stalled) {
      return;
    }
    for (SimSessionParser.Message message : parser.feed(outlet.drain(count))) {
      if (Boolean.getBoolean("duet.sim.trace")) {
        System.err.println(this + " gets " + message);
      }
      take(message);
    }
    if (outlet.isBroken() || outlet.atEnd()) {
      attempt++;
      away();
    }
  }

  private void take(SimSessionParser.Message message) {
    String type = message.type();
    if (expectedEnd != null) {
      boolean told = type.equals("end") && expectedEnd.equals(message.channel());
      require(told, "the end of " + expectedEnd + " is not told: " + message);
    }
    switch (type) {
      case "subscribed" -> begun(message);
      case "unsubscribed" -> message.channels().forEach(active::remove);
      case "live" -> live(message);
      case "cursor" -> share(message.cursor());
      default -> {
        if (message.channel() != null) {
          aboutChannel(message);
        }
      }
    }
  }

  private void begun(SimSessionParser.Message message) {
    Subscribed one = subscription(message.subscription());
    for (String name : message.channels()) {
      require(active.put(name, one) == null, "subscribed twice: " + name);
      ended.remove(name);
      if (message.cursor() != null && one.knowledge.containsKey(name)) {
        advance(one, message.cursor());
      }
    }
  }

  /// One that it no longer wants is known by its number alone.
  private Subscribed subscription(int id) {
    return wanted.stream()
        .filter(one -> one.id == id)
        .findFirst()
        .orElseGet(() -> new Subscribed(Start.NOW));
  }

  private void live(SimSessionParser.Message message) {
    Subscribed one = active.get(message.channels().getFirst());
    require(one != null && !one.live, "live again: " + message);
    var its = new TreeSet<String>();
    active.forEach(
        (name, whose) -> {
          if (whose == one) {
            its.add(name);
          }
        });
    require(its.equals(new TreeSet<>(message.channels())), "live without " + its + ": " + message);
    one.live = true;
    share(message.cursor());
  }

  private void aboutChannel(SimSessionParser.Message message) {
    String name = message.channel();
    Subscribed one = active.get(name);
    require(one != null, "of a channel that was left: " + message);
    boolean heard = one.knowledge.containsKey(name);
    if (message.cursor() != null && !one.live) {
      begins(one, Cursor.parse(message.cursor()));
    }
    switch (message.type()) {
      case "gap" -> {
        if (one.live && message.gap().state()) {
          newest[broker.logOf(name)] = 0;
        }
        if (heard) {
          one.knowledge.get(name).gap(message.gap());
        }
      }
      case "end" -> {
        expectedEnd = null;
        boolean real = truth.of(name).values().stream().anyMatch(Publication::end);
        require(real, "an end of " + name + ", which has none");
        require(ended.add(name), "the end of " + name + " again");
      }
      default -> publication(one, message, heard);
    }
    if (message.cursor() != null) {
      if (one.live) {
        share(message.cursor());
      } else {
        advance(one, message.cursor());
      }
    }
  }

  private void publication(Subscribed one, SimSessionParser.Message message, boolean heard) {
    String name = message.channel();
    Publication publication = truth.of(name).get(message.offset());
    require(publication != null, "never committed: " + message);
    boolean same = message.number() < 0 || truth.numbered(message.number()) == publication;
    require(same, "another payload: " + message);
    expectedEnd = publication.end() ? name : null;
    ended.remove(name);
    if (one.live) {
      int log = broker.logOf(name);
      require(message.offset() > newest[log], "not in log order: " + message);
      newest[log] = message.offset();
    }
    if (heard) {
      one.knowledge.get(name).publication(publication);
    }
  }

  /// A cursor of everything that is live.
  private void share(String text) {
    Cursor after = Cursor.parse(text);
    require(after.origin() == null, "a private cursor is shared: " + text);
    if (sharedHere) {
      for (Cursor.Position position : Cursor.parse(shared).positions()) {
        boolean back = after.offsetIn(position.logId()) < position.offset();
        require(!back, "the cursor goes back: " + shared + " to " + text);
      }
    }
    shared = text;
    sharedHere = true;
    remembered.add(text);
    for (Subscribed one : wanted) {
      if (one.live) {
        claim(one, after);
      }
    }
  }

  /// A cursor of one subscription.
  private void advance(Subscribed one, String text) {
    one.cursor = text;
    Cursor after = Cursor.parse(text);
    begins(one, after);
    if (after.origin() == null) {
      remembered.add(text);
      claim(one, after);
    }
  }

  private void begins(Subscribed one, Cursor after) {
    Cursor.Origin origin = after.origin();
    if (origin != null) {
      boolean held =
          origin.start() instanceof Start.Held || origin.start() instanceof Start.Default;
      one.knowledge.forEach(
          (name, known) -> known.beginsPrivately(SimKnowledge.began(truth, after, name), held));
    }
  }

  private void claim(Subscribed one, Cursor after) {
    one.knowledge.forEach(
        (name, known) -> {
          if (truth.standing(after, name) != SimTruth.Standing.PAST) {
            known.claims(truth.offsetIn(after, name));
          }
        });
  }

  @Override
  public void checkComplete() {
    for (Subscribed one : wanted) {
      one.knowledge.forEach(this::checkComplete);
    }
  }

  private void checkComplete(String channel, SimKnowledge known) {
    known.complete(end(channel));
  }

  private void require(boolean kept, String what) {
    if (!kept) {
      throw new AssertionError(what + " (" + this + ")");
    }
  }

  @Override
  public String toString() {
    return "bundle " + wanted + " shares " + shared + (outlet == null ? " away" : "");
  }
}
