package dev.duet.server.transport;

import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The value of the `Date` field (RFC 9110 section 5.6.7), made once a second. Confined to a loop.
final class HttpDate {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final InstantSource clock;
  private long second = Long.MIN_VALUE;
  private String value = "";

  HttpDate(InstantSource clock) {
    this.clock = clock;
  }

  String value() {
    long now = Math.floorDiv(clock.millis(), 1_000L);
    if (now != second) {
      second = now;
      value = FORMAT.format(clock.instant());
    }
    return value;
  }
}
