/// The embedding API: start and stop a server.
@NullMarked
package dev.duet.server;

import org.jspecify.annotations.NullMarked;
