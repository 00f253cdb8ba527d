/// How the server is: asks its parts for what they counted, and tells it to operators. The parts do
/// not know it.
@NullMarked
package dev.duet.server.metrics;

import org.jspecify.annotations.NullMarked;
