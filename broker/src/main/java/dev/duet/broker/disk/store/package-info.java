/// Files of a log: records, segments, their indexes, the manifest, recovery. Knows nothing of
/// retention, conditions or followers.
@NullMarked
package dev.duet.broker.disk.store;

import org.jspecify.annotations.NullMarked;
