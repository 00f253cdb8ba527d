/// What Duet says on the wire, free of any transport: publications, cursors, gaps, names, limits,
/// errors.
@NullMarked
package dev.duet.protocol;

import org.jspecify.annotations.NullMarked;
