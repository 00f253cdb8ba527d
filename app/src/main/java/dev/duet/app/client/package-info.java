/// What `duet publish` and `duet subscribe` need of a client: blocking, on the JDK's `HttpClient`.
/// It knows the protocol as docs/protocol.md says it, and nothing of the server.
@NullMarked
package dev.duet.app.client;

import org.jspecify.annotations.NullMarked;
