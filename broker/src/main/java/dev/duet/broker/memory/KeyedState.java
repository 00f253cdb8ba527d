package dev.duet.broker.memory;

import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a log holds of a channel that keeps the latest publication per key.
///
/// A publication that is overwritten leaves from the middle of the array. A short array closes up;
/// in a long one a marker with the same offset and time, so that binary search still works, takes
/// the slot until half of all slots are such.
final class KeyedState extends ChannelState {
  /// Up to here closing a slot is cheaper than a marker.
  private static final int SHORT = 64;

  /// Up to here looking at every publication is cheaper than a map.
  private static final int FEW = 8;

  private static final Draft MARK = Draft.of(PayloadType.BYTES, new byte[0]);

  private int dead;
  private int tombstones;
  private @Nullable Map<String, Publication> byKey;

  KeyedState(String name, Family family) {
    super(name, family);
  }

  static String key(Publication publication) {
    return key(publication.key());
  }

  static String key(@Nullable String key) {
    return key == null ? "" : key;
  }

  @Override
  int count() {
    return slots() - dead;
  }

  @Override
  @SuppressWarnings("ReferenceEquality")
  boolean isDead(Publication publication) {
    return publication.data() == MARK.data();
  }

  int tombstones() {
    return tombstones;
  }

  /// The publication held for a key.
  @Nullable Publication find(String key) {
    if (byKey != null) {
      return byKey.get(key);
    }
    for (int i = 0; i < slots(); i++) {
      Publication one = slot(i);
      if (!isDead(one) && key(one).equals(key)) {
        return one;
      }
    }
    return null;
  }

  /// The oldest tombstone, if there is one. While a bound holds the count, the only one is the
  /// newest publication.
  @Nullable Publication oldestTombstone() {
    if (tombstones == 1 && last().deleted()) {
      return last();
    }
    for (int i = 0; tombstones > 0 && i < slots(); i++) {
      if (slot(i).deleted()) {
        return slot(i);
      }
    }
    return null;
  }

  @Override
  void add(Publication publication) {
    Publication before = find(key(publication));
    super.add(publication);
    tombstones += publication.deleted() ? 1 : 0;
    if (before != null) {
      remove(before);
    }
    if (byKey != null) {
      byKey.put(key(publication), publication);
    } else if (count() > FEW) {
      index();
    }
  }

  @Override
  void remove(Publication publication) {
    if (byKey != null) {
      byKey.remove(key(publication), publication);
    }
    lighten(publication);
    tombstones -= publication.deleted() ? 1 : 0;
    int slot = slotAfter(publication.offset() - 1);
    if (slots() <= SHORT && dead == 0) {
      removeSlot(slot);
    } else {
      set(slot, new Publication(name, publication.offset(), publication.time(), MARK));
      dead++;
      while (!isEmpty() && isDead(first())) {
        removeSlot(0);
        dead--;
      }
      while (!isEmpty() && isDead(last())) {
        removeSlot(slots() - 1);
        dead--;
      }
      if (dead > slots() / 2) {
        compact();
        dead = 0;
      }
    }
    if (count() <= FEW / 2) {
      byKey = null;
    }
  }

  private void index() {
    var map = new HashMap<String, Publication>();
    for (int i = 0; i < slots(); i++) {
      if (!isDead(slot(i))) {
        map.put(key(slot(i)), slot(i));
      }
    }
    byKey = map;
  }
}
