package dev.duet.broker.memory;

import dev.duet.broker.Log;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.commit.Conditions;
import dev.duet.protocol.ChannelNames;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Everything committed that a log holds. Guarded by the log's lock.
final class Index {
  /// What a publication costs beyond its weight, and a channel beyond its publications, in bytes:
  /// with these the bound of the log is one on the heap.
  static final int PUBLICATION_OVERHEAD = 48;

  static final int CHANNEL_OVERHEAD = 256;

  private Map<String, ChannelState> channels = new HashMap<>();

  /// The most channels since the map was made.
  private int peak;
  private final List<Namespace> namespaces;
  private final List<Family> families = new ArrayList<>();
  private final Family own = new Family(Retention.OWN);
  private final Family other = new Family(Retention.DEFAULT);
  private long bytes;

  Index(Namespaces namespaces) {
    this.namespaces = namespaces.list();
    for (Namespace namespace : this.namespaces) {
      families.add(new Family(namespace.retention()));
    }
    families.add(own);
    families.add(other);
  }

  List<Family> families() {
    return families;
  }

  /// The family of a channel. The server's own channels (`~`) belong to a namespace whose pattern
  /// names a `~` itself, else to a built-in one that keeps the latest per key.
  Family familyOf(String channel) {
    for (int i = 0; i < namespaces.size(); i++) {
      Namespace namespace = namespaces.get(i);
      if (namespace.matches(channel)) {
        return families.get(i);
      }
    }
    return ChannelNames.isServerOwned(channel) ? own : other;
  }

  @Nullable ChannelState get(String channel) {
    return channels.get(channel);
  }

  /// What the log tells of a channel.
  Log.ChannelInfo info(String channel) {
    ChannelState state = channels.get(channel);
    return state == null
        ? new Log.ChannelInfo(channel, 0, 0, 0, 0, 0)
        : new Log.ChannelInfo(
            channel, state.count(), state.bytes(), state.tail(), state.horizon(), state.endedAt());
  }

  /// What the conditions of a draft are held against.
  Conditions.Committed committed(String channel, Draft draft) {
    ChannelState state = channels.get(channel);
    long endedAt = state == null ? 0 : state.endedAt();
    if (draft.ifMatch() == Draft.ANY) {
      return new Conditions.Committed(endedAt, false, 0);
    }
    if (draft.key() != null && familyOf(channel).keeps(Mode.LATEST)) {
      Publication held = state instanceof KeyedState keyed ? keyed.find(draft.key()) : null;
      return new Conditions.Committed(endedAt, true, held == null ? 0 : held.offset());
    }
    return new Conditions.Committed(endedAt, false, state == null ? 0 : state.tail());
  }

  /// Channels that hold something.
  int size() {
    return channels.size();
  }

  /// Bytes of heap that everything held is estimated to take.
  long bytes() {
    return bytes;
  }

  /// Adds a committed publication to its channel, which then exists. Not for [Mode#NONE].
  ChannelState add(Publication publication) {
    ChannelState state = channels.get(publication.channel());
    boolean fresh = state == null;
    if (state == null) {
      state = familyOf(publication.channel()).newState(publication.channel());
      channels.put(state.name, state);
      peak = Math.max(peak, channels.size());
      bytes += CHANNEL_OVERHEAD + state.name.length();
    }
    long before = cost(state);
    state.add(publication);
    bytes += cost(state) - before;
    if (fresh) {
      state.family.oldest().add(state);
    }
    return state;
  }

  /// Lets a publication go; a channel that then holds nothing is forgotten.
  void drop(ChannelState state, Publication publication) {
    long before = cost(state);
    state.drop(publication);
    bytes += cost(state) - before;
    if (state.isEmpty()) {
      state.family.raiseFloor(state.horizon());
      state.family.oldest().remove(state);
      channels.remove(state.name);
      shrink();
      bytes -= CHANNEL_OVERHEAD + state.name.length();
    }
  }

  /// A map does not give back the slots of entries that were removed.
  private void shrink() {
    if (channels.size() < peak / 8 && peak > 1_000) {
      channels = new HashMap<>(channels);
      peak = channels.size();
    }
  }

  /// Takes out what lies in `(from, to]`. Horizons stay; a channel that is left with nothing is
  /// forgotten.
  void damage(long from, long to) {
    for (ChannelState state : List.copyOf(channels.values())) {
      for (Publication one : state.held(from, to)) {
        long before = cost(state);
        if (state.count() == 1) {
          drop(state, one);
        } else {
          state.remove(one);
          bytes += cost(state) - before;
        }
      }
    }
  }

  private static long cost(ChannelState state) {
    return state.bytes() + (long) PUBLICATION_OVERHEAD * state.count();
  }
}
