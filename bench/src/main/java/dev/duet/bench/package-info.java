/// Benchmarks of parts (JMH), and figures of whole servers side by side.
@NullMarked
package dev.duet.bench;

import org.jspecify.annotations.NullMarked;
