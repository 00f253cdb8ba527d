/// All that the server sees of HTTP: an [dev.duet.server.exchange.Exchange] is one request and its
/// answer, an [dev.duet.server.exchange.Outlet] takes frames for one reader. Whatever the version
/// of HTTP, and whether there is TLS below, this is the same.
@NullMarked
package dev.duet.server.exchange;

import org.jspecify.annotations.NullMarked;
