package dev.duet.server.transport;

import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;

/// Where a transport listens and what it allows.
///
/// @param addresses where it listens; port 0 takes a free one
/// @param loops event loops, each one thread
/// @param epoll whether to use Linux' epoll where it is available, rather than the JDK's selector
/// @param maxConnections most connections at once; one beyond is closed without an answer, which an
///     EventSource takes for a reason to come back, as it does no status
/// @param proxies who is believed to speak for others
/// @param nanoTime monotonic clock of all deadlines
/// @param wallClock for the `Date` field
public record TransportOptions(
    List<InetSocketAddress> addresses,
    int loops,
    boolean epoll,
    int maxConnections,
    Deadlines deadlines,
    TrustedProxies proxies,
    LongSupplier nanoTime,
    InstantSource wallClock) {
  /// 100,000 connections at about 9 KB in kernel and process are 0.9 GB.
  public static final int DEFAULT_MAX_CONNECTIONS = 100_000;

  /// @throws IllegalArgumentException if there is no address, no loop or no room for a connection
  public TransportOptions {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty() || loops < 1 || maxConnections < 1) {
      throw new IllegalArgumentException("needs an address, a loop and room for a connection");
    }
  }

  /// The defaults on one address: a loop per processor, epoll where there is one,
  /// [#DEFAULT_MAX_CONNECTIONS], no trusted proxies, the system's clocks. A host name is looked up
  /// now.
  public static TransportOptions on(String host, int port) {
    return new TransportOptions(
        List.of(new InetSocketAddress(host, port)),
        Runtime.getRuntime().availableProcessors(),
        true,
        DEFAULT_MAX_CONNECTIONS,
        Deadlines.DEFAULT,
        TrustedProxies.NONE,
        System::nanoTime,
        InstantSource.system());
  }

  /// The same, listening elsewhere.
  ///
  /// @throws IllegalArgumentException if there is none
  public TransportOptions withAddresses(List<InetSocketAddress> changed) {
    return new TransportOptions(
        changed, loops, epoll, maxConnections, deadlines, proxies, nanoTime, wallClock);
  }

  /// The same with so many event loops.
  ///
  /// @throws IllegalArgumentException if it is not at least 1
  public TransportOptions withLoops(int changed) {
    return new TransportOptions(
        addresses, changed, epoll, maxConnections, deadlines, proxies, nanoTime, wallClock);
  }

  /// The same, with or without epoll.
  public TransportOptions withEpoll(boolean changed) {
    return new TransportOptions(
        addresses, loops, changed, maxConnections, deadlines, proxies, nanoTime, wallClock);
  }

  /// The same with another number of connections.
  ///
  /// @throws IllegalArgumentException if it is not at least 1
  public TransportOptions withMaxConnections(int changed) {
    return new TransportOptions(
        addresses, loops, epoll, changed, deadlines, proxies, nanoTime, wallClock);
  }

  /// The same with other deadlines.
  public TransportOptions withDeadlines(Deadlines changed) {
    return new TransportOptions(
        addresses, loops, epoll, maxConnections, changed, proxies, nanoTime, wallClock);
  }

  /// The same, believing other proxies.
  public TransportOptions withProxies(TrustedProxies changed) {
    return new TransportOptions(
        addresses, loops, epoll, maxConnections, deadlines, changed, nanoTime, wallClock);
  }

  /// The same with other clocks, such as those of a test.
  public TransportOptions withClocks(LongSupplier nanoTime, InstantSource wallClock) {
    return new TransportOptions(
        addresses, loops, epoll, maxConnections, deadlines, proxies, nanoTime, wallClock);
  }
}
