package dev.duet.server.transport;

/// The same on the JDK's selector.
class Http1RefusalNioWireTest extends Http1RefusalWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
