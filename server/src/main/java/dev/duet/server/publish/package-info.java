/// The one way in for a publication: a body becomes a draft, the broker appends it, its receipt is
/// the answer. Knows nothing of HTTP.
@NullMarked
package dev.duet.server.publish;

import org.jspecify.annotations.NullMarked;
