/// Subscribing in the process: a cursor that a virtual thread moves, page by page, with the same
/// positions and the same ring as every other reader.
@NullMarked
package dev.duet.server.subscribe;

import org.jspecify.annotations.NullMarked;
