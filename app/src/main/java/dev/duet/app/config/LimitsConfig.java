package dev.duet.app.config;

import dev.duet.server.publish.PublishLimits;
import dev.duet.server.session.SessionLimits;

/// The group `limits`.
public record LimitsConfig(
    @Setting(value = "Largest publication", min = "1B", max = "16MiB") Size publication,
    @Setting(
            value =
                "Most bytes of bodies and uncommitted publications at once; publishers beyond are"
                    + " told to come back",
            min = "32MiB",
            byDefault = "an eighth of the heap, at least 32MiB")
        Size inFlight,
    @Setting(
            value = "Most channels that one socket of duet.v1 follows",
            unit = "channels",
            min = "1",
            max = "10000")
        int socketChannels,
    @Setting(
            value =
                "Most requests of one socket of duet.v1 that are not yet answered; it is not read"
                    + " meanwhile",
            unit = "requests",
            min = "1",
            max = "10000")
        int socketRequests) {

  public static final LimitsConfig DEFAULT =
      new LimitsConfig(
          new Size(PublishLimits.DEFAULT.maxBodyBytes()),
          new Size(PublishLimits.DEFAULT.maxInFlightBytes()),
          SessionLimits.DEFAULT.maxChannels(),
          SessionLimits.DEFAULT.maxRequests());

  SessionLimits sessions() {
    return new SessionLimits(socketChannels, socketRequests);
  }

  PublishLimits limits() {
    return PublishLimits.DEFAULT
        .withMaxBodyBytes((int) publication.bytes())
        .withMaxInFlightBytes(inFlight.bytes());
  }
}
