/// Presence: who is there, told in the log. The members of a channel `X` are the keys of the
/// channel `X~presence`, which keeps the latest publication per key.
@NullMarked
package dev.duet.server.presence;

import org.jspecify.annotations.NullMarked;
