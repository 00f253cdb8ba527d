/// The `duet` command.
@NullMarked
package dev.duet.app;

import org.jspecify.annotations.NullMarked;
