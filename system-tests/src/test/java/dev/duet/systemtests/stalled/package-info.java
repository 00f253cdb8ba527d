/// Readers that stop reading cost bounded memory, and nobody else's deliveries.
@NullMarked
package dev.duet.systemtests.stalled;

import org.jspecify.annotations.NullMarked;
