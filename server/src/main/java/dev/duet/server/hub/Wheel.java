package dev.duet.server.hub;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Deadlines of one loop, coarse and cheap: a wheel of [#SLOTS] slots, each [#TICK_NANOS] long.
/// Nothing is moved when a deadline moves back: an entry that is met too early is put where it
/// belongs by then. Confined to the loop, which calls [#advance].
final class Wheel {
  /// 100 ms: fine enough for a long poll's wait, and ten tasks a second at most.
  static final long TICK_NANOS = 100_000_000;

  /// 51 s around: a heartbeat's deadline is met once.
  private static final int SLOTS = 512;

  private final @Nullable ArrayList<Entry>[] slots;
  private long tick;
  private int size;

  /// Something with a deadline.
  abstract static class Entry {
    private @Nullable ArrayList<Entry> slot;
    private int index;

    /// When it is due, by the loop's ticker.
    abstract long deadline();

    /// It is due, and no longer in the wheel.
    abstract void dueAt(long now);
  }

  @SuppressWarnings("unchecked")
  Wheel(long now) {
    this.slots = new ArrayList[SLOTS];
    this.tick = Math.floorDiv(now, TICK_NANOS);
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /// Puts `entry` in, if it is not there. If its deadline moves forward it may be met late.
  void add(Entry entry) {
    if (entry.slot == null) {
      size++;
      put(entry);
    }
  }

  /// Takes `entry` out, if it is there: nothing of it is kept.
  void remove(Entry entry) {
    ArrayList<Entry> slot = entry.slot;
    if (slot != null) {
      Entry last = slot.removeLast();
      if (last != entry) {
        slot.set(entry.index, last);
        last.index = entry.index;
      }
      entry.slot = null;
      size--;
    }
  }

  private void put(Entry entry) {
    long ticks = Math.ceilDiv(entry.deadline(), TICK_NANOS) - tick;
    int number = (int) Math.floorMod(tick + Math.clamp(ticks, 1, SLOTS - 1), (long) SLOTS);
    ArrayList<Entry> slot = slots[number];
    if (slot == null) {
      slot = new ArrayList<>(4);
      slots[number] = slot;
    }
    entry.slot = slot;
    entry.index = slot.size();
    slot.add(entry);
  }

  /// Calls everything that is due at `now`.
  void advance(long now) {
    long target = Math.floorDiv(now, TICK_NANOS);
    if (target - tick > SLOTS) {
      tick = target - SLOTS;
    }
    while (tick < target) {
      tick++;
      int number = (int) Math.floorMod(tick, (long) SLOTS);
      ArrayList<Entry> slot = slots[number];
      slots[number] = null;
      while (slot != null && !slot.isEmpty()) {
        meet(slot.getLast(), now);
      }
    }
  }

  private void meet(Entry entry, long now) {
    remove(entry);
    if (entry.deadline() > now) {
      add(entry);
    } else {
      entry.dueAt(now);
    }
  }
}
