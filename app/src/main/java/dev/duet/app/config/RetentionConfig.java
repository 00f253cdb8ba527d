package dev.duet.app.config;

import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import java.time.Duration;

/// The group `retention` of a namespace.
public record RetentionConfig(
    @Setting(
            "history: all, up to the bounds; latest: the last publication of each key; none:"
                + " nothing, only who is connected gets it")
        Mode mode,
    @Setting(value = "Most publications", unit = "publications", min = "1", max = "100000000")
        int count,
    @Setting(value = "Most bytes", min = "1B") Size bytes,
    @Setting(value = "Longest time", min = "1s", max = "36500d") Duration age) {

  public static final RetentionConfig DEFAULT =
      new RetentionConfig(
          Retention.DEFAULT.mode(),
          Retention.DEFAULT.maxCount(),
          new Size(Retention.DEFAULT.maxBytes()),
          Retention.DEFAULT.maxAge());

  Retention retention() {
    return new Retention(mode, count, bytes.bytes(), age);
  }
}
