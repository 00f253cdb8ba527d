package dev.duet.server.presence;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// One connection as a member of channels. Whoever got it closes it. Any thread.
public final class Attendance {
  private final Presence presence;
  private final List<Seat> seats;

  Attendance(Presence presence, List<Seat> seats) {
    this.presence = presence;
    this.seats = new ArrayList<>(seats);
  }

  /// The connection is no longer a member of these channels.
  public synchronized void leave(Collection<String> channels) {
    List<Seat> left = seats.stream().filter(seat -> channels.contains(seat.room.channel)).toList();
    seats.removeAll(left);
    presence.leave(left);
  }

  /// The connection is gone. Harmless if it was.
  public synchronized void close() {
    presence.leave(List.copyOf(seats));
    seats.clear();
  }

  /// Whether it is a member of nothing any more.
  public synchronized boolean isEmpty() {
    return seats.isEmpty();
  }
}
