package dev.duet.server.http;

import java.util.List;

/// Under which names the server may be addressed, and which web pages may use it. Loopback names
/// are always allowed as hosts, and a page of the server's own origin always may.
///
/// @param hosts host names or addresses without port, in any case (`duet.example.com`); `*` for
///     any: then DNS rebinding is somebody else's to stop
/// @param origins origins as browsers send them (`https://app.example.com`, the port only if it is
///     not the scheme's own); `*` for any
public record AllowedPlaces(List<String> hosts, List<String> origins) {
  /// Loopback, and pages of its own.
  public static final AllowedPlaces DEFAULT = new AllowedPlaces(List.of(), List.of());

  public AllowedPlaces {
    hosts = List.copyOf(hosts);
    origins = List.copyOf(origins);
  }
}
