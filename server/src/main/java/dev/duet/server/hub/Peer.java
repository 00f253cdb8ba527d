package dev.duet.server.hub;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Who is at the other end of a connection.
///
/// @param remote the client's address, as far as known
/// @param user who it is, or null
public record Peer(InetSocketAddress remote, @Nullable String user) {}
