package dev.duet.systemtests.crash;

/// What a channel keeps.
///
/// @param what decides what may be let go
/// @param count most publications, of [What#COUNT]
/// @param ageNanos longest time, of [What#AGE]
record Keeps(What what, int count, long ageNanos) {
  enum What {
    /// Everything: no gap is ever right.
    ALL,
    /// The last of them.
    COUNT,
    /// Those of a while; then it is forgotten.
    AGE,
    /// The last of each key.
    LATEST
  }

  static Keeps all() {
    return new Keeps(What.ALL, Integer.MAX_VALUE, Long.MAX_VALUE);
  }

  static Keeps last(int count) {
    return new Keeps(What.COUNT, count, Long.MAX_VALUE);
  }

  static Keeps seconds(int seconds) {
    return new Keeps(What.AGE, Integer.MAX_VALUE, seconds * 1_000_000_000L);
  }

  static Keeps latest() {
    return new Keeps(What.LATEST, Integer.MAX_VALUE, Long.MAX_VALUE);
  }
}
