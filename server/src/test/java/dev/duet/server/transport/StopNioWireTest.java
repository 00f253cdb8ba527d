package dev.duet.server.transport;

/// The same on the JDK's selector.
class StopNioWireTest extends StopWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
