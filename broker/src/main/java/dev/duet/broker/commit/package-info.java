/// What the embedded logs have in common: appends under way, idempotency keys, holes. Guarded by
/// the lock of the log that owns them.
@NullMarked
package dev.duet.broker.commit;

import org.jspecify.annotations.NullMarked;
