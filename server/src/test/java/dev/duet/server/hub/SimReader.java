package dev.duet.server.hub;

/// Somebody who reads in the simulation, and checks what it gets.
interface SimReader {
  /// Comes, or asks again for what it was not given; nothing if there is nothing to ask for.
  ///
  /// @param calm whether nothing goes wrong any more
  void connect(SimLoop thread, HubLoop loop, boolean calm);

  /// Whether it has asked for everything that it wants.
  boolean connected();

  /// Whether it wants nothing any more.
  boolean done();

  /// Whether it has been told that it has everything.
  boolean live();

  /// Whether it asked to get something only now and then.
  boolean paced();

  void stall(boolean value);

  /// Nothing fails any more.
  void quiet();

  /// Takes up to `count` bytes.
  void receive(int count);

  /// The connection breaks, wherever it is.
  void cut();

  /// Whether bytes wait that no flush will come for.
  boolean forgotten();

  void checkComplete();

  /// Whether every end that it could be told of was told.
  default void checkEnds() {}

  /// What it would return with; null if it was told of nothing.
  String cursor();
}
