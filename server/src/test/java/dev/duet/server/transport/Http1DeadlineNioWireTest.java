package dev.duet.server.transport;

/// The same on the JDK's selector.
class Http1DeadlineNioWireTest extends Http1DeadlineWireTest {
  @Override
  boolean epoll() {
    return false;
  }
}
