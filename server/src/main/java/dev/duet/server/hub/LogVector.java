package dev.duet.server.hub;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.protocol.Cursor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A broker's logs as the axes of a vector of offsets.
final class LogVector {
  private final Broker broker;
  private final List<Log> logs;

  LogVector(Broker broker) {
    this.broker = broker;
    this.logs = broker.logs();
  }

  int size() {
    return logs.size();
  }

  /// The index of the log in which a channel lives.
  int of(String channel) {
    return broker.logOf(channel);
  }

  Log log(int index) {
    return logs.get(index);
  }

  List<Cursor.Position> positions(long[] vector) {
    return positions(vector, new Cursor.Position[vector.length]);
  }

  /// @param instead per log the position to be told instead of the vector's, or null
  List<Cursor.Position> positions(long[] vector, Cursor.@Nullable Position[] instead) {
    var positions = new ArrayList<Cursor.Position>(vector.length);
    for (int l = 0; l < vector.length; l++) {
      Cursor.Position other = instead[l];
      positions.add(
          other == null ? new Cursor.Position(logs.get(l).ids().current(), vector[l]) : other);
    }
    return positions;
  }

  Cursor cursor(long[] vector) {
    return new Cursor(positions(vector), null);
  }

  /// Whether the cursor lies beyond `present` in a log that it knows.
  boolean isAhead(Cursor cursor, long[] present) {
    for (int l = 0; l < present.length; l++) {
      if (cursor.offsetIn(logs.get(l).ids().current()) > present[l]) {
        return true;
      }
    }
    return false;
  }

  /// Completes when everything that is committed by now, on any node, has been announced here.
  CompletionStage<Void> tails() {
    return CompletableFuture.allOf(
        logs.stream()
            .map(log -> log.tail().toCompletableFuture())
            .toArray(CompletableFuture[]::new));
  }

  /// The cursor's text.
  String text(long[] vector) {
    if (vector.length == 1) {
      return logs.getFirst().ids().current() + "." + vector[0];
    }
    return cursor(vector).toString();
  }
}
