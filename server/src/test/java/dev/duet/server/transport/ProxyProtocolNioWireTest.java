package dev.duet.server.transport;

/// The same on the JDK's selector.
class ProxyProtocolNioWireTest extends ProxyProtocolWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
