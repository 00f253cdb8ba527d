package dev.duet.broker.disk.store;

/// Where a record is and what retention asks of it: filled by [Run#spot]. Mutable, so that walking
/// a run allocates nothing.
public final class Spot {
  /// Of the publication.
  public long offset;

  /// Milliseconds of the log's own clock.
  public long age;

  /// Its number in the channel; 0 in a keyed run. Numbers of neighbours differ by one, unless a
  /// record between them was damaged.
  public long seq;

  /// Of its first byte in the segment's file.
  public long position;

  /// [dev.duet.protocol.Publication#weight()].
  public int weight;

  /// Sum of weights of its channel up to and with it; 0 in a keyed run.
  public long cum;

  /// SipHash of its key in a keyed run, else 0.
  public long keyHash;

  /// Whether it is a tombstone.
  public boolean deleted;

  /// Whether it ends its channel.
  public boolean end;
}
