package dev.duet.server.transport;

/// The same on the JDK's selector.
class Http1NioWireTest extends Http1WireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
