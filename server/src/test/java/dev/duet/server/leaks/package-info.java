/// Makes a test fail that forgets to release one of Netty's buffers. Registers itself with JUnit
/// wherever this module's tests are on the class path.
@NullMarked
package dev.duet.server.leaks;

import org.jspecify.annotations.NullMarked;
