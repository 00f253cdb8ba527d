package dev.duet.server.transport;

/// The same on the JDK's selector.
class SocketFramesNioWireTest extends SocketFramesWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
