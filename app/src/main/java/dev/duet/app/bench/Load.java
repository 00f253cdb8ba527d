package dev.duet.app.bench;

/// What is done to the server.
///
/// @param subscribers connections that read; 0 to publish only
/// @param channels channels, over which they are spread evenly
/// @param rate messages a second, all channels together; 0 to listen only
/// @param burst messages that are due at the same moment
/// @param payloadBytes length of a payload
/// @param missed if not 0: so many publications to each channel, of which every subscriber missed
///     all, and returns
/// @param publishers connections that publish; each channel has one of them
/// @param pipeline publishes under way at once per connection
public record Load(
    int subscribers,
    int channels,
    double rate,
    int burst,
    int payloadBytes,
    int missed,
    int publishers,
    int pipeline) {
  static final int MAX_PAYLOAD = 16 << 20;
  private static final int MAX_CHANNELS = 1_000_000;
  private static final int MAX_SUBSCRIBERS = 1_000_000;
  private static final double MAX_RATE = 1_000_000;
  private static final int MAX_MISSED = 1_000;

  public Load {
    require(subscribers, 0, MAX_SUBSCRIBERS, "subscribers");
    require(channels, 1, MAX_CHANNELS, "channels");
    require(burst, 1, 100_000, "burst");
    require(payloadBytes, Stamp.LEAST_PAYLOAD, MAX_PAYLOAD, "payload bytes");
    require(missed, 0, MAX_MISSED, "missed publications");
    require(publishers, 1, 1_000, "publishers");
    require(pipeline, 1, 1_000, "pipelined publishes");
    if (!(rate >= 0 && rate <= MAX_RATE)) {
      throw new IllegalArgumentException("the rate is 0 to 1000000 a second, not " + rate);
    }
    if (subscribers == 0 && rate == 0) {
      throw new IllegalArgumentException("without subscribers and without a rate nothing happens");
    }
    if (missed > 0 && subscribers == 0) {
      throw new IllegalArgumentException("without subscribers nobody returns");
    }
  }

  private static void require(int value, int least, int most, String what) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s: %d is not from %d to %d".formatted(what, value, least, most));
    }
  }

  /// How many subscribers a channel has.
  int subscribersOf(int channel) {
    return subscribers / channels + (channel < subscribers % channels ? 1 : 0);
  }
}
