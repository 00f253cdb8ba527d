package dev.duet.server.presence;

import dev.duet.broker.Log;
import java.util.TreeMap;

/// The members of one channel, by key. Guarded by its [Presence].
final class Room {
  final String channel;

  /// The channel in which they are told, and its log.
  final String told;

  final Log log;

  /// Those who are there, and those who left and whose leaving is not yet in the log.
  final TreeMap<String, Seat> seats = new TreeMap<>();

  /// How many are there.
  int present;

  Room(String channel, String told, Log log) {
    this.channel = channel;
    this.told = told;
    this.log = log;
  }
}
