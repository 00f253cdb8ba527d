package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import dev.duet.broker.Retention;
import java.util.List;

/// The namespaces with which a data directory was opened, from one start to the next that differs.
///
/// @param offset larger than every offset that was told before; the epoch begins after it
/// @param families its namespaces, in order
public record Epoch(long offset, List<Family> families) {
  public Epoch {
    families = List.copyOf(families);
  }

  /// What of a namespace decides where its channels are and how.
  public record Family(String pattern, Durability durability, Retention.Mode mode) {}
}
