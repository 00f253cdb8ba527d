package dev.duet.server.hub;

/// A reader's own pace: after each delivery nothing more comes for a while. Confined to the loop.
final class Pace extends Wheel.Entry {
  private final Subscriber reader;
  private final long nanos;
  private boolean got;
  private boolean napping;
  private long end;

  /// @param nanos how long nothing comes
  Pace(Subscriber reader, long nanos) {
    this.reader = reader;
    this.nanos = nanos;
  }

  /// Something was offered.
  void got() {
    got = true;
  }

  /// Whether something was offered since this was asked last.
  boolean takeGot() {
    boolean had = got;
    got = false;
    return had;
  }

  boolean isNapping() {
    return napping;
  }

  /// Nothing is offered until it is over.
  void nap() {
    napping = true;
    end = reader.loop.turnTime() + nanos;
    reader.loop.watch(this);
  }

  @Override
  long deadline() {
    return end;
  }

  @Override
  void dueAt(long now) {
    napping = false;
    reader.enqueue();
  }
}
