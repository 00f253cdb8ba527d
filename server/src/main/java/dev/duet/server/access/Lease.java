package dev.duet.server.access;

import java.util.function.Consumer;

/// Something under way that rests on a [Pass], and hears when that is withdrawn. Confined to its
/// loop.
public final class Lease {
  final Pass pass;
  private final Leases leases;
  private final Consumer<Withdrawal> withdrawn;
  int index;

  Lease(Leases leases, Pass pass, Consumer<Withdrawal> withdrawn) {
    this.leases = leases;
    this.pass = pass;
    this.withdrawn = withdrawn;
  }

  /// It is over: nothing rests on the pass any more. Harmless if it was.
  public void close() {
    leases.remove(this);
  }

  void withdraw(Withdrawal why) {
    withdrawn.accept(why);
  }
}
