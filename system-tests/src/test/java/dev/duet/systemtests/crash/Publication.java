package dev.duet.systemtests.crash;

/// What a publisher meant to publish.
///
/// @param key "" for none
/// @param print of its payload; of a tombstone the print of nothing
/// @param sentNanos when it was first tried
record Publication(
    Body.Name name,
    String channel,
    String key,
    boolean tombstone,
    Body.Print print,
    long sentNanos) {
  private static final Body.Print NOTHING = new Body.Print(Body.Kind.BYTES, 0, "");

  static Publication of(Body.Name name, String channel, String key, Body body, long nanos) {
    return new Publication(name, channel, key, false, body.print(), nanos);
  }

  static Publication tombstone(Body.Name name, String channel, String key, long nanos) {
    return new Publication(name, channel, key, true, NOTHING, nanos);
  }

  String idempotencyKey() {
    return "p" + name;
  }

  @Override
  public String toString() {
    return name + " on " + channel + (key.isEmpty() ? "" : ", key " + key);
  }
}
