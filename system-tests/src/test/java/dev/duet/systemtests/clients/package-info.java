/// Clients that nobody here wrote, on a server in the same JVM, through a proxy that cuts; what
/// each got is a [Journal], and one [Verdict] judges them all.
@NullMarked
package dev.duet.systemtests.clients;

import org.jspecify.annotations.NullMarked;
