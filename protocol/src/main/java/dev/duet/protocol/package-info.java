/// What server and clients say to each other: publications, cursors, gaps, codes and messages.
@NullMarked
package dev.duet.protocol;

import org.jspecify.annotations.NullMarked;
