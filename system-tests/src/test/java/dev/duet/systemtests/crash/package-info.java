/// The crash checker: a server that is killed again and again under load, and a verdict on what its
/// clients saw.
@NullMarked
package dev.duet.systemtests.crash;

import org.jspecify.annotations.NullMarked;
