package dev.duet.app.config;

import dev.duet.server.hub.HubSettings;
import java.time.Duration;

/// The group `delivery`.
public record DeliveryConfig(
    @Setting(
            value = "A stream that got nothing for so long gets a heartbeat",
            min = "1s",
            max = "10m")
        Duration heartbeat,
    @Setting(value = "Time that clients wait before they return", min = "0ms", max = "1h")
        Duration retry,
    @Setting(
            value = "Over how long a stop spreads the return of its clients",
            unit = "clients a second",
            min = "1",
            max = "1000000")
        int returnsPerSecond,
    @Setting(
            value = "Bytes of the newest publications that are kept ready to send",
            min = "1MiB",
            max = "64GiB")
        Size ringBytes,
    @Setting(
            value = "Most publications that are kept ready to send; rounded up to a power of two",
            unit = "publications",
            min = "2",
            max = "16777216")
        int ringCount) {

  public static final DeliveryConfig DEFAULT =
      new DeliveryConfig(
          HubSettings.DEFAULT.heartbeat(),
          Duration.ofMillis(HubSettings.DEFAULT.retryMillis()),
          HubSettings.DEFAULT.returnsPerSecond(),
          new Size(HubSettings.DEFAULT.ringBytes()),
          HubSettings.DEFAULT.ringEntries());

  HubSettings settings() {
    HubSettings rest = HubSettings.DEFAULT;
    return new HubSettings(
        ringBytes.bytes(),
        ringCount,
        rest.sliceReaders(),
        rest.sliceNanos(),
        rest.runBytes(),
        rest.pageCount(),
        rest.pageBytes(),
        rest.pagesUnderWay(),
        heartbeat,
        Math.toIntExact(retry.toMillis()),
        returnsPerSecond);
  }
}
