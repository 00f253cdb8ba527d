/// The log in memory.
@NullMarked
package dev.duet.broker.memory;

import org.jspecify.annotations.NullMarked;
