package dev.duet.server.transport;

import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A connection of a trusted proxy that has yet to say, by the PROXY protocol, for whom it
/// connects. It has as long for this as for a request's head.
final class PrefaceStage extends Stage {
  /// Most bytes of what a header of version 2 holds beside the addresses.
  private static final int MAX_EXTRA_BYTES = 4 << 10;

  private final Connection connection;
  private final HAProxyMessageDecoder decoder = new HAProxyMessageDecoder(MAX_EXTRA_BYTES);
  private final long since;

  PrefaceStage(Connection connection) {
    this.connection = connection;
    this.since = connection.sweep.now();
  }

  /// It takes itself out of the pipeline when the header has ended.
  HAProxyMessageDecoder decoder() {
    return decoder;
  }

  @Override
  void read(Object message) {
    try {
      if (message instanceof HAProxyMessage header) {
        InetSocketAddress client = client(header);
        connection.speaksFor(client == null ? connection.remote() : client, client != null);
        if (header.tlvs().stream()
            .anyMatch(tlv -> tlv instanceof HAProxySSLTLV tls && tls.isPP2ClientSSL())) {
          connection.secured();
        }
        connection.speakHttp(decoder);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /// Who connected to the proxy, or null if that is the proxy itself (`LOCAL`, to see whether the
  /// server is well) or not known.
  private static @Nullable InetSocketAddress client(HAProxyMessage header) {
    AddressFamily family = header.proxiedProtocol().addressFamily();
    if (header.command() == HAProxyCommand.LOCAL
        || (family != AddressFamily.AF_IPv4 && family != AddressFamily.AF_IPv6)) {
      return null;
    }
    InetAddress address = AddressRange.address(header.sourceAddress());
    return address == null ? null : new InetSocketAddress(address, header.sourcePort());
  }

  @Override
  void readComplete() {
    connection.readOnce();
  }

  @Override
  void inputClosed() {
    connection.close();
  }

  @Override
  void closed() {}

  @Override
  void sweep(long now) {
    if (now - since >= connection.deadlines().head().toNanos()) {
      connection.cut();
    }
  }

  @Override
  void stopping() {
    connection.close();
  }
}
