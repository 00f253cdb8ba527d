package dev.duet.server.presence;

import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// One member of one channel: what is to be in the log, and what is. Guarded by its [Presence].
final class Seat {
  /// What a seat takes on the heap beside its texts: itself, its place in the room and in the
  /// orders, its connections' handles, and what the log holds of it.
  private static final int OVERHEAD_BYTES = 600;

  private static final JsonFactory JSON = new JsonFactory();

  final Room room;
  final String key;
  final @Nullable String user;
  final String client;
  @Nullable String info;
  Instant since = Instant.EPOCH;

  /// Connections that are members now.
  int connections;

  /// What the log is to hold of it; null if it has left.
  byte @Nullable [] wanted;

  /// What the log holds of it; null for nothing, or a tombstone.
  byte @Nullable [] shown;

  /// The log is to be told whatever it holds: what it has grows old, or nobody knows what it has.
  boolean stale;

  /// An append is under way, of this; null for a tombstone.
  boolean sending;

  byte @Nullable [] sent;

  /// When it leaves, is tried again, or was told last; of the order in which it stands.
  long leavesAt;
  long triedAgainAt;
  long shownAt;

  Seat(Room room, String key, @Nullable String user, String client) {
    this.room = room;
    this.key = key;
    this.user = user;
    this.client = client;
  }

  /// It is there from now on, or has something else to say.
  void arrive(Instant from, @Nullable String says) {
    since = from;
    info = says;
    wanted = json();
  }

  boolean present() {
    return wanted != null;
  }

  /// Whether the log holds what it is to hold.
  @SuppressWarnings("ReferenceEquality")
  boolean settled() {
    return wanted == shown && !stale;
  }

  Draft draft() {
    byte[] json = sent;
    return json == null ? Draft.tombstone(key) : Draft.of(PayloadType.JSON, json).withKey(key);
  }

  Member member() {
    return new Member(key, user, client, since, info);
  }

  int cost() {
    return cost(key, info);
  }

  /// Bytes of heap that a seat takes, estimated.
  static int cost(String key, @Nullable String info) {
    return OVERHEAD_BYTES + 6 * key.length() + (info == null ? 0 : 3 * info.length());
  }

  private byte[] json() {
    var out = new ByteArrayOutputStream(128);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
      json.writeStartObject();
      json.writeStringProperty("key", key);
      if (user != null) {
        json.writeStringProperty("user", user);
      }
      json.writeStringProperty("client", client);
      json.writeNumberProperty("since", since.toEpochMilli());
      if (info != null) {
        json.writeName("info");
        json.writeRawValue(info);
      }
      json.writeEndObject();
    }
    return out.toByteArray();
  }
}
