package dev.duet.server.transport;

/// The same on the JDK's selector.
class SocketNioWireTest extends SocketWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
