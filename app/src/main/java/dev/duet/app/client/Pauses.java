package dev.duet.app.client;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// How long to wait before the next try: what the server says, else twice as long each time, up to
/// half a minute, less a random part so that clients do not come back together.
final class Pauses {
  static final Duration FIRST = Duration.ofMillis(250);
  static final Duration MOST = Duration.ofSeconds(30);

  private final DoubleSupplier random;
  private int tries;

  /// @param random from 0 to 1
  Pauses(DoubleSupplier random) {
    this.random = random;
  }

  /// After a success.
  void reset() {
    tries = 0;
  }

  /// @param said by the server, or null
  Duration next(@Nullable Duration said) {
    long most = Math.min(MOST.toMillis(), FIRST.toMillis() << Math.min(tries, 10));
    tries++;
    if (said != null) {
      return said;
    }
    return Duration.ofMillis((long) (most * (0.5 + random.getAsDouble() / 2)));
  }
}
