package dev.duet.server.transport;

/// The same on the JDK's selector.
class Http1CutNioWireTest extends Http1CutWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
