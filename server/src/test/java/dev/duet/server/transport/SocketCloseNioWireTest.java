package dev.duet.server.transport;

/// The same on the JDK's selector.
class SocketCloseNioWireTest extends SocketCloseWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
