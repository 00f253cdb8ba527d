package dev.duet.app.config;

import dev.duet.server.transport.AddressRange;
import dev.duet.server.transport.TrustedProxies;
import dev.duet.server.transport.TrustedProxies.Fields;
import java.util.List;

/// The group `proxies`.
public record ProxiesConfig(
    @Setting(
            "Addresses and ranges (10.0.0.0/8) that they connect from. What anybody else says in"
                + " these fields is passed over; so nobody is believed by default, not even"
                + " 127.0.0.1, from where every user of the machine may connect")
        List<String> trusted,
    @Setting(
            "The fields in which they name the client: x-forwarded (X-Forwarded-For, -Proto,"
                + " -Host), forwarded (RFC 7239) or none. They must set these on every request,"
                + " and not pass on what a client sent")
        Fields fields,
    @Setting(
            "Whether they begin each connection with the PROXY protocol (version 1 or 2); then"
                + " nobody else may connect")
        boolean protocol) {

  public static final ProxiesConfig DEFAULT =
      new ProxiesConfig(List.of(), TrustedProxies.NONE.fields(), TrustedProxies.NONE.protocol());

  public ProxiesConfig {
    trusted = List.copyOf(trusted);
    for (String range : trusted) {
      try {
        AddressRange.parse(range);
      } catch (IllegalArgumentException e) {
        throw new BadValueException("trusted", "has '" + range + "', which " + e.getMessage());
      }
    }
    if (protocol && trusted.isEmpty()) {
      throw new BadValueException(
          "protocol", "is true, so only trusted proxies may connect; but proxies.trusted is empty");
    }
  }

  TrustedProxies proxies() {
    return new TrustedProxies(trusted.stream().map(AddressRange::parse).toList(), fields, protocol);
  }
}
