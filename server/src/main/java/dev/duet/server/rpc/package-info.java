/// Calls of the embedding application's methods: a [dev.duet.server.rpc.RpcHandler] for each, run
/// on a virtual thread, within bounds. Knows nothing of HTTP and of sessions, which begin the calls
/// and answer them.
@NullMarked
package dev.duet.server.rpc;

import org.jspecify.annotations.NullMarked;
