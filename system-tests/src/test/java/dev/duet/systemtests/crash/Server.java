package dev.duet.systemtests.crash;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Random;

/// A server that ends in bad ways, and begins again on the same log and port. It has been started
/// when it is made. One thread.
interface Server extends AutoCloseable {
  String origin();

  /// How often it was started.
  int starts();

  /// From a start to the first answer.
  long longestStartMillis();

  /// Starts it again after its end.
  Server start() throws IOException;

  /// Waits until it answers.
  ///
  /// @throws AssertionError with its log, if it ends or does not answer in time
  void awaitReady() throws IOException, InterruptedException;

  /// Ends it as it is.
  void kill() throws IOException, InterruptedException;

  /// It begins to stop in order; [#kill()] may come before it has.
  void beginStop();

  /// Stops it in order.
  void stop() throws IOException, InterruptedException;

  /// From now on nothing goes wrong but what it is told.
  default void calm() {}

  /// Whether a kill may leave the end of a log torn: what was not synced may be lost, in part.
  default boolean tearsEnds() {
    return false;
  }

  /// The id of a log by which all others that it went by are known: one that could not copy what it
  /// read goes by another, which is as good.
  default String logOf(String id) {
    return id;
  }

  /// Whether an id is one by which a log went while it could not write down what it had read, and
  /// of that something is gone: who comes with it is told, and gets everything again.
  default boolean isGone(String id) {
    return false;
  }

  /// What it has logged as an error in the runs that have ended.
  List<String> errors();

  @Override
  void close();

  /// Not one of those that the system gives to clients: it must still be free after a kill.
  static int freePort(Random random) throws IOException {
    for (int i = 0; i < 100; i++) {
      int port = 20_000 + random.nextInt(10_000);
      try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // somebody has it
      }
    }
    throw new IOException("no free port from 20000 to 29999");
  }
}
