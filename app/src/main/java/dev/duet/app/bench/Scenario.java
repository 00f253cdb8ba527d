package dev.duet.app.bench;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// Loads that have a name. Each is where the flags begin, which may change any of it.
public enum Scenario {
  /// A little of everything.
  STEADY("steady", new Load(100, 1, 10, 1, 128, 0, 1, 16), 2, 10),
  /// One auction: how long until the last of 5,000 listeners has a bid?
  AUCTION("auction", new Load(5_000, 1, 20, 1, 256, 0, 1, 16), 10, 30),
  /// One busy channel: 50,000 deliveries a second.
  FAN_OUT("fan-out", new Load(1_000, 1, 50, 1, 128, 0, 1, 16), 20, 20),
  /// Many channels with one subscriber each.
  CHANNELS("channels", new Load(2_000, 2_000, 2_000, 1, 128, 0, 4, 16), 10, 20),
  /// 10,000 come back at once, and each has missed 20 publications.
  RETURNS("returns", new Load(10_000, 1, 1, 1, 128, 20, 1, 16), 0, 60);

  private final String text;
  private final Load load;
  private final int warmupSeconds;
  private final int seconds;

  Scenario(String text, Load load, int warmupSeconds, int seconds) {
    this.text = text;
    this.load = load;
    this.warmupSeconds = warmupSeconds;
    this.seconds = seconds;
  }

  /// Its name on the command line.
  public String text() {
    return text;
  }

  public Load load() {
    return load;
  }

  int warmupSeconds() {
    return warmupSeconds;
  }

  int seconds() {
    return seconds;
  }

  /// The scenario of that name.
  public static Optional<Scenario> of(String text) {
    return Arrays.stream(values()).filter(scenario -> scenario.text.equals(text)).findFirst();
  }

  /// All names, for messages.
  public static String names() {
    return Arrays.stream(values()).map(Scenario::text).collect(Collectors.joining(", "));
  }
}
