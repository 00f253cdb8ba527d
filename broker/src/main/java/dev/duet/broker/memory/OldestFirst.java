package dev.duet.broker.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Channels by the offset of the oldest publication that they hold: a binary heap that costs each
/// channel one reference. Guarded by the log's lock.
///
/// The oldest publication of a channel only gets newer, so a channel's rank is a lower bound of it.
/// The rank is corrected when the channel comes to the top, not whenever it lets a publication go:
/// so what a commit does here does not depend on how many channels there are.
final class OldestFirst {
  private @Nullable ChannelState[] heap = new ChannelState[4];
  private int size;

  /// Adds a channel that holds something.
  void add(ChannelState state) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size + (size >> 1));
    }
    state.rank = state.first().offset();
    up(size++, state);
  }

  /// Takes a channel out, if it is here.
  @SuppressWarnings("ReferenceEquality")
  void remove(ChannelState state) {
    int place = state.place;
    if (place < 0) {
      return;
    }
    state.place = -1;
    ChannelState moved = at(--size);
    heap[size] = null;
    if (moved != state) {
      up(place, moved);
      down(moved.place, moved);
    }
    if (size < heap.length / 4 && heap.length > 16) {
      heap = Arrays.copyOf(heap, heap.length / 2);
    }
  }

  /// The channel with the oldest publication.
  @Nullable ChannelState peek() {
    while (size > 0) {
      ChannelState top = at(0);
      long oldest = top.first().offset();
      if (top.rank == oldest) {
        return top;
      }
      top.rank = oldest;
      down(0, top);
    }
    return null;
  }

  private ChannelState at(int place) {
    ChannelState state = heap[place];
    if (state == null) {
      throw new IndexOutOfBoundsException(place);
    }
    return state;
  }

  private void put(int place, ChannelState state) {
    heap[place] = state;
    state.place = place;
  }

  private void up(int from, ChannelState state) {
    int place = from;
    while (place > 0 && at((place - 1) >>> 1).rank > state.rank) {
      put(place, at((place - 1) >>> 1));
      place = (place - 1) >>> 1;
    }
    put(place, state);
  }

  private void down(int from, ChannelState state) {
    int place = from;
    for (int child; (child = 2 * place + 1) < size; place = child) {
      if (child + 1 < size && at(child + 1).rank < at(child).rank) {
        child++;
      }
      if (at(child).rank >= state.rank) {
        break;
      }
      put(place, at(child));
    }
    put(place, state);
  }
}
