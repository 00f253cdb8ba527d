/// Netty, and all of it: sockets, HTTP/1.1, WebSocket frames. Above this package there are only
/// [dev.duet.server.exchange.Exchange] and [dev.duet.server.exchange.Outlet].
///
/// A connection is one [dev.duet.server.transport.Connection] in Netty's pipeline, from accept to
/// close; what it is at the moment is its [dev.duet.server.transport.Stage]: requests and answers,
/// a streaming answer, a WebSocket, or saying goodbye. All its deadlines are looked at once a
/// second by the [dev.duet.server.transport.Sweep] of its event loop.
@NullMarked
package dev.duet.server.transport;

import org.jspecify.annotations.NullMarked;
