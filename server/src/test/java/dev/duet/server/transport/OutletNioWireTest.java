package dev.duet.server.transport;

/// The same on the JDK's selector.
class OutletNioWireTest extends OutletWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
