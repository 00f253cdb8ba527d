/// `duet.v1`: a conversation over one WebSocket, with many channels. Requests of the client are
/// read, decided and carried out in their order; what is delivered comes from the hub.
@NullMarked
package dev.duet.server.session;

import org.jspecify.annotations.NullMarked;
