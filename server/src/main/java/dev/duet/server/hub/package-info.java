/// Delivery: cursors on logs, and what lies after them to outlets. The design is ADR 1. Knows
/// buffers and executors, but no socket, no HTTP and no Netty channel.
@NullMarked
package dev.duet.server.hub;

import org.jspecify.annotations.NullMarked;
