package dev.duet.broker.disk;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps states from being dropped until something has completed. Made before, so that to let go of
/// them needs no memory.
final class Pins<T> implements BiConsumer<T, @Nullable Throwable>, Supplier<@Nullable Void> {
  private final LogCore core;
  private final List<? extends ChannelState> states;

  Pins(LogCore core, List<? extends ChannelState> states) {
    this.core = core;
    this.states = states;
  }

  /// Under the lock: begins something, and pins the states meanwhile.
  CompletableFuture<T> during(Supplier<CompletableFuture<T>> work) {
    pin(1);
    try {
      return work.get().whenComplete(this);
    } catch (RuntimeException | Error e) {
      pin(-1);
      throw e;
    }
  }

  @Override
  public void accept(T value, @Nullable Throwable failure) {
    core.locked(this);
  }

  @Override
  public @Nullable Void get() {
    pin(-1);
    return null;
  }

  private void pin(int more) {
    for (int i = 0; i < states.size(); i++) {
      states.get(i).pins += more;
    }
  }
}
