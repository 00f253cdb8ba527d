/// Tests of the whole: what no module can test alone.
@NullMarked
package dev.duet.systemtests;

import org.jspecify.annotations.NullMarked;
