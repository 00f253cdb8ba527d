package dev.duet.server.transport;

import java.net.InetSocketAddress;
import java.util.List;

/// Which proxies are believed when they say for whom they speak, and in which form they say it.
/// Nobody is by default, not even loopback: every user of the machine may connect from there.
///
/// @param ranges where these proxies connect from. What others say is passed over
/// @param fields which header fields they set on each request. Only one form is read, for a proxy
///     passes on, as they came from the client, those that it does not set
/// @param protocol whether each connection begins with a PROXY protocol header, version 1 or 2;
///     then only `ranges` may connect
public record TrustedProxies(List<AddressRange> ranges, Fields fields, boolean protocol) {
  /// The form in which proxies name the client.
  public enum Fields {
    /// `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host`.
    X_FORWARDED,
    /// `Forwarded` (RFC 7239).
    FORWARDED,
    /// They name none, or only by the PROXY protocol.
    NONE
  }

  /// Nobody is believed.
  public static final TrustedProxies NONE =
      new TrustedProxies(List.of(), Fields.X_FORWARDED, false);

  /// @throws IllegalArgumentException if nobody could connect
  public TrustedProxies {
    ranges = List.copyOf(ranges);
    if (protocol && ranges.isEmpty()) {
      throw new IllegalArgumentException(
          "with the PROXY protocol only trusted proxies may connect, and there are none");
    }
  }

  /// Those at the given addresses and ranges, with `X-Forwarded-*`.
  ///
  /// @throws IllegalArgumentException if one is not what [AddressRange#parse] takes
  public static TrustedProxies at(String... ranges) {
    return new TrustedProxies(
        List.of(ranges).stream().map(AddressRange::parse).toList(), Fields.X_FORWARDED, false);
  }

  /// The same, believed in another form of header fields.
  public TrustedProxies withFields(Fields changed) {
    return new TrustedProxies(ranges, changed, protocol);
  }

  /// The same, with or without the PROXY protocol.
  ///
  /// @throws IllegalArgumentException if nobody could connect
  public TrustedProxies withProtocol(boolean changed) {
    return new TrustedProxies(ranges, fields, changed);
  }

  boolean trust(InetSocketAddress address) {
    if (ranges.isEmpty() || address.isUnresolved()) {
      return false;
    }
    for (AddressRange range : ranges) {
      if (range.contains(address.getAddress())) {
        return true;
      }
    }
    return false;
  }
}
