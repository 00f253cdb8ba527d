package dev.duet.server.publish;

import dev.duet.server.exchange.BodyQuota;
import java.util.concurrent.atomic.AtomicLong;

/// The bytes of publications between their first byte and their receipt, over all connections. A
/// body counts as its bytes come, not when its length is announced: a client that announces much
/// and sends nothing takes nothing from others.
public final class InFlight implements BodyQuota {
  private final long most;
  private final AtomicLong held = new AtomicLong();

  /// @param most bytes that are held at once
  public InFlight(long most) {
    this.most = most;
  }

  @Override
  public boolean take(int bytes) {
    if (held.addAndGet(bytes) <= most) {
      return true;
    }
    held.addAndGet(-bytes);
    return false;
  }

  @Override
  public void release(int bytes) {
    held.addAndGet(-bytes);
  }

  long most() {
    return most;
  }

  long held() {
    return held.get();
  }
}
