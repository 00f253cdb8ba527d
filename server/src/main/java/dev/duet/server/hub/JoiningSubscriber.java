package dev.duet.server.hub;

import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// A subscription of a [Bundle] that was not told live yet: a reader with its own position. While
/// the live ones are behind it goes on so, though it has everything. Confined to the loop.
final class JoiningSubscriber extends Subscriber {
  private final Bundle bundle;
  private final SubscribeRequest request;
  private final Set<String> channels;

  /// It has everything and waits until the live ones have.
  private boolean waitsForOthers;

  /// Joins the feeds of its channels, and waits there until it is carried.
  JoiningSubscriber(Bundle bundle, HubLoop loop, Wire wire, SubscribeRequest request) {
    super(loop, wire, Ends.ofMany(), 0);
    this.bundle = bundle;
    this.request = request;
    this.channels = new LinkedHashSet<>(request.channels());
    feeds().join(channels);
  }

  /// Those that were not left. Not the same as its feeds: one that is not to begin leaves those
  /// before its [Bundle] knows the answer.
  Collection<String> channels() {
    return channels;
  }

  boolean waitsForOthers() {
    return waitsForOthers && !closed();
  }

  @Override
  void drop(String channel) {
    channels.remove(channel);
    super.drop(channel);
  }

  /// Channels may have been left while the position was looked for.
  @Override
  void place(ReadPosition position) {
    position.retain(channels);
    super.place(position);
  }

  @Override
  ByteBuf opening(@Nullable String cursor) {
    return request.opening().apply(cursor);
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
  public void due() {
    if (waitsForOthers) {
      waitsForOthers = false;
      enqueue();
    }
  }

  @Override
  void caughtUp() {
    waitsForOthers = false;
    if (!bundle.merge(this) && !closed()) {
      waitsForOthers = true;
      goOnPlainly();
    }
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
