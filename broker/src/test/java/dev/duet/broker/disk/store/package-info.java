/// What tests of the log on disk stand on: records made up, and a file system that lies.
@NullMarked
package dev.duet.broker.disk.store;

import org.jspecify.annotations.NullMarked;
