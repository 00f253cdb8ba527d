/// The contract of every broker, as tests.
@NullMarked
package dev.duet.broker;

import org.jspecify.annotations.NullMarked;
