/// Breaks the rules of the architecture, so that they are seen to fail.
@NullMarked
package dev.duet.app.client.planted;

import org.jspecify.annotations.NullMarked;
