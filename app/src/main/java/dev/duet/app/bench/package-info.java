/// `duet bench`: many subscribers and a publisher in one process, against Duet or any other server,
/// and an honest account of what came of it.
@NullMarked
package dev.duet.app.bench;

import org.jspecify.annotations.NullMarked;
