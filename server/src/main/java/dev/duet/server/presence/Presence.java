package dev.duet.server.presence;

import dev.duet.broker.Broker;
import dev.duet.broker.Namespace;
import dev.duet.broker.Receipt;
import dev.duet.broker.Retention;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who is there, on every channel. Any thread; nothing blocks for longer than a short lock.
///
/// A member is a user and a client id, with as many connections as it likes. It is published on the
/// channel's `~presence` under its key when it comes and when what it says of itself changes, and a
/// tombstone follows when its last connection has been gone for the grace period. For each member
/// there is what the log is to hold and what it holds; one append of a member is under way at a
/// time, and one that fails is tried again until the two are the same.
///
/// There is no timer per member: the grace period is one time for all, so those who are about to
/// leave stand in the order in which they will, and so do those who are tried again, and those
/// whose publication grows old and is made anew before retention would take it. [#tick] looks at
/// the first of each.
public final class Presence {
  /// `X~presence` tells the members of `X`.
  public static final String SUFFIX = "~presence";

  private static final Logger LOG = LoggerFactory.getLogger(Presence.class);

  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long WARN_NANOS = TimeUnit.MINUTES.toNanos(1);

  /// Most members that one tick takes from each order: about 10 milliseconds of appends.
  private static final int SLICE = 2_000;

  /// Most that one makes anew, so that those who came together do not all come again together.
  private static final int REFRESH_SLICE = 200;

  private final Broker broker;
  private final PresenceSettings settings;
  private final LongSupplier ticker;
  private final InstantSource wall;
  private final long graceNanos;
  private final long refreshNanos;
  private final Map<String, Room> rooms = new HashMap<>();
  private final LinkedHashSet<Seat> leaving = new LinkedHashSet<>();
  private final LinkedHashSet<Seat> failed = new LinkedHashSet<>();
  private final LinkedHashSet<Seat> shown = new LinkedHashSet<>();
  private long bytes;
  private long warnedAt;
  private boolean stopped;

  /// @param ticker nanoseconds of a monotonic clock
  /// @param wall says since when a member is there
  public Presence(
      Broker broker, PresenceSettings settings, LongSupplier ticker, InstantSource wall) {
    this.broker = broker;
    this.settings = settings;
    this.ticker = ticker;
    this.wall = wall;
    this.warnedAt = ticker.getAsLong() - WARN_NANOS;
    this.graceNanos = settings.grace().toNanos();
    Duration age = Retention.OWN.maxAge();
    for (Namespace namespace : broker.namespaces().list()) {
      if (ChannelNames.isServerOwned(namespace.pattern())
          && namespace.retention().maxAge().compareTo(age) < 0) {
        age = namespace.retention().maxAge();
      }
    }
    this.refreshNanos = age.dividedBy(2).toNanos();
  }

  // ---- coming and going

  /// A connection becomes a member of channels: of all, or of none.
  ///
  /// @param user who it is, as far as access says, or null
  /// @throws DuetException [ErrorCode#TOO_MANY_MEMBERS], [ErrorCode#BAD_CHANNEL] or
  ///     [ErrorCode#RESERVED_CHANNEL] if a channel cannot have members, [ErrorCode#BAD_PARAMETER]
  ///     if the user's name is too long for a key
  public Attendance join(Collection<String> channels, Introduction who, @Nullable String user) {
    String key = key(who, user);
    var seats = new ArrayList<Seat>(channels.size());
    var tell = new ArrayList<Seat>(channels.size());
    synchronized (this) {
      checkLocked(channels, key, who);
      for (String channel : channels) {
        Room room = rooms.computeIfAbsent(channel, this::room);
        Seat seat = room.seats.get(key);
        if (seat == null) {
          seat = new Seat(room, key, user, who.client());
          room.seats.put(key, seat);
          bytes += seat.cost();
        }
        take(seat, who.info());
        seats.add(seat);
        begin(seat, tell);
      }
    }
    tell.forEach(this::send);
    return new Attendance(this, seats);
  }

  /// Refuses what [#join] would refuse.
  ///
  /// @throws DuetException as [#join] does
  public void check(Collection<String> channels, Introduction who, @Nullable String user) {
    String key = key(who, user);
    synchronized (this) {
      checkLocked(channels, key, who);
    }
  }

  private static String key(Introduction who, @Nullable String user) {
    String key = user == null ? who.client() : user + "/" + who.client();
    if (key.length() > Draft.MAX_KEY_LENGTH) {
      throw new DuetException(
          ErrorCode.BAD_PARAMETER,
          "a member's user and id have together at most "
              + (Draft.MAX_KEY_LENGTH - 1)
              + " characters");
    }
    return key;
  }

  private void checkLocked(Collection<String> channels, String key, Introduction who) {
    long more = 0;
    for (String channel : channels) {
      checkName(channel);
      Room room = rooms.get(channel);
      Seat seat = room == null ? null : room.seats.get(key);
      if (seat == null && room != null && room.seats.size() >= settings.maxMembers()) {
        throw new DuetException(
            ErrorCode.TOO_MANY_MEMBERS,
            "'" + channel + "' has as many members as it may have: " + settings.maxMembers());
      }
      if (seat == null) {
        more += Seat.cost(key, who.info());
      } else if (who.info() != null || !seat.present()) {
        more += Seat.cost(key, who.info()) - seat.cost();
      }
    }
    if (more > 0 && bytes + more > settings.maxBytes()) {
      throw new DuetException(
          ErrorCode.TOO_MANY_MEMBERS, "this server has no room for more members");
    }
  }

  /// @throws DuetException if the channel cannot have members
  private static void checkName(String channel) {
    ChannelNames.checkPublishable(channel);
    if (channel.length() + SUFFIX.length() > ChannelNames.MAX_LENGTH) {
      throw new DuetException(
          ErrorCode.BAD_CHANNEL,
          "a channel with members has a name of at most "
              + (ChannelNames.MAX_LENGTH - SUFFIX.length())
              + " characters");
    }
  }

  private Room room(String channel) {
    String told = channel + SUFFIX;
    return new Room(channel, told, broker.logs().get(broker.logOf(told)));
  }

  private void take(Seat seat, @Nullable String info) {
    seat.connections++;
    leaving.remove(seat);
    bytes -= seat.cost();
    if (!seat.present()) {
      seat.room.present++;
      seat.arrive(wall.instant(), info);
    } else if (info != null && !info.equals(seat.info)) {
      seat.arrive(seat.since, info);
    }
    bytes += seat.cost();
  }

  /// These connections' places are given up.
  synchronized void leave(Collection<Seat> seats) {
    long at = ticker.getAsLong() + graceNanos;
    for (Seat seat : seats) {
      seat.connections--;
      if (seat.connections == 0) {
        seat.leavesAt = at;
        leaving.add(seat);
      }
    }
  }

  // ---- time

  /// Lets leave who has been gone for the grace period, tries again what failed, and makes anew
  /// what grows old; a bounded amount. Called a few times a second.
  public void tick() {
    var tell = new ArrayList<Seat>();
    synchronized (this) {
      if (stopped) {
        return;
      }
      long now = ticker.getAsLong();
      for (int i = 0; i < SLICE && !leaving.isEmpty(); i++) {
        Seat seat = leaving.getFirst();
        if (seat.leavesAt - now > 0) {
          break;
        }
        leaving.removeFirst();
        seat.wanted = null;
        seat.room.present--;
        begin(seat, tell);
      }
      for (int i = 0; i < SLICE && !failed.isEmpty(); i++) {
        Seat seat = failed.getFirst();
        if (seat.triedAgainAt - now > 0) {
          break;
        }
        failed.removeFirst();
        begin(seat, tell);
      }
      for (int i = 0; i < REFRESH_SLICE && !shown.isEmpty(); i++) {
        Seat seat = shown.getFirst();
        if (seat.shownAt + refreshNanos - now > 0) {
          break;
        }
        shown.removeFirst();
        seat.stale = true;
        begin(seat, tell);
      }
    }
    tell.forEach(this::send);
  }

  /// The server stops: nobody leaves any more, for the log ends with it.
  public synchronized void stop() {
    stopped = true;
  }

  // ---- telling the log

  /// Begins to tell what is due of a member, if nothing of it is under way or waits to be tried
  /// again; or forgets it.
  private void begin(Seat seat, List<Seat> tell) {
    if (seat.sending || stopped) {
      return;
    }
    if (!seat.settled()) {
      if (!failed.contains(seat)) {
        seat.sending = true;
        seat.sent = seat.wanted;
        tell.add(seat);
      }
      return;
    }
    failed.remove(seat);
    if (!seat.present()) {
      Room room = seat.room;
      room.seats.remove(seat.key);
      bytes -= seat.cost();
      if (room.seats.isEmpty()) {
        rooms.remove(room.channel);
      }
    }
  }

  /// Not under the lock: what the log tells others is not waited for.
  private void send(Seat seat) {
    Room room = seat.room;
    try {
      room.log
          .append(room.told, seat.draft())
          .whenComplete((receipt, failure) -> settled(seat, receipt, failure));
    } catch (RuntimeException e) {
      settled(seat, null, e);
    }
  }

  private void settled(Seat seat, @Nullable Receipt receipt, @Nullable Throwable failure) {
    var tell = new ArrayList<Seat>(1);
    synchronized (this) {
      seat.sending = false;
      long now = ticker.getAsLong();
      if (receipt instanceof Receipt.Appended) {
        seat.shown = seat.sent;
        seat.stale = false;
        shown.remove(seat);
        if (seat.shown != null) {
          seat.shownAt = now;
          shown.add(seat);
        }
      } else {
        if (!stopped && now - warnedAt >= WARN_NANOS) {
          warnedAt = now;
          LOG.warn(
              "Who is on {} could not be told and is tried again: {}",
              seat.room.channel,
              String.valueOf(receipt == null ? failure : receipt));
        }
        seat.stale |= receipt == null;
        seat.triedAgainAt = now + RETRY_NANOS;
        failed.add(seat);
      }
      begin(seat, tell);
    }
    tell.forEach(this::send);
  }

  // ---- asking

  /// How many are on the channel.
  public synchronized int count(String channel) {
    Room room = rooms.get(channel);
    return room == null ? 0 : room.present;
  }

  /// All who are on the channel.
  public synchronized Present of(String channel) {
    Room room = rooms.get(channel);
    List<Member> members =
        room == null
            ? List.of()
            : room.seats.values().stream().filter(Seat::present).map(Seat::member).toList();
    return new Present(channel, members.size(), members, false);
  }

  /// Who is on the channel, as clients are told: `{"channel":…,"count":…,"members":[…],"more":…}`
  /// in UTF-8.
  ///
  /// @param after only those whose key comes after it; null for all
  /// @param limit most members
  /// @param maxBytes most bytes of them; one is listed whatever its size
  /// @throws DuetException if the channel cannot have members
  public byte[] json(String channel, @Nullable String after, int limit, int maxBytes) {
    checkName(channel);
    var members = new ArrayList<byte[]>();
    int count;
    boolean more = false;
    synchronized (this) {
      Room room = rooms.get(channel);
      count = room == null ? 0 : room.present;
      int size = 0;
      for (Seat seat : room == null ? List.<Seat>of() : from(room.seats, after)) {
        byte[] json = seat.wanted;
        if (json != null) {
          size += json.length;
          more = members.size() == limit || (size > maxBytes && !members.isEmpty());
          if (more) {
            break;
          }
          members.add(json);
        }
      }
    }
    return Present.json(channel, count, members, more);
  }

  private static Collection<Seat> from(NavigableMap<String, Seat> seats, @Nullable String after) {
    return (after == null ? seats : seats.tailMap(after, false)).values();
  }

  /// Channels with members, and members with something under way: for tests.
  synchronized boolean isEmpty() {
    return rooms.isEmpty()
        && leaving.isEmpty()
        && failed.isEmpty()
        && shown.isEmpty()
        && bytes == 0;
  }
}
