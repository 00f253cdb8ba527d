package dev.duet.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Collection;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// All channels of a [Bundle] that were told live, as one reader: if it falls behind, all of them
/// do, at one position. Confined to the loop.
final class LiveSubscriber extends Subscriber {
  private final Bundle bundle;

  LiveSubscriber(Bundle bundle, HubLoop loop, Wire wire, long paceNanos) {
    super(loop, wire, Ends.ofMany(), paceNanos);
    this.bundle = bundle;
    markOpened();
  }

  /// Takes over channels of one that is where this is.
  void take(Collection<String> channels, Ends known) {
    feeds().join(channels);
    ends.add(known);
  }

  @Override
  ByteBuf opening(@Nullable String cursor) {
    return Unpooled.EMPTY_BUFFER;
  }

  @Override
  boolean endsAtGap() {
    return false;
  }

  @Override
  boolean refusedAtGap() {
    return false;
  }

  @Override
  void caughtUp() {
    goLive();
    bundle.liveAgain();
    nap();
  }

  @Override
  void end(Ending.Reason reason) {
    bundle.end(reason);
  }

  @Override
  void broken(Throwable failure) {
    bundle.broken(failure);
  }

  /// The bundle is stopped as a whole.
  @Override
  public void stop(IntSupplier retryMillis) {}
}
