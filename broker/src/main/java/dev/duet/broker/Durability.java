package dev.duet.broker;

/// What an acknowledged publication survives.
public enum Durability {
  /// Nothing: it is there until the process ends.
  MEMORY("memory"),
  /// `kill -9`: it was handed to the operating system.
  OS("os"),
  /// Power loss: it was synced to the disk.
  DISK("disk");

  private final String text;

  Durability(String text) {
    this.text = text;
  }

  /// The word on the wire and in the configuration.
  public String text() {
    return text;
  }
}
