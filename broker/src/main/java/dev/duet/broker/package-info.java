/// What the server asks of a broker.
@NullMarked
package dev.duet.broker;

import org.jspecify.annotations.NullMarked;
