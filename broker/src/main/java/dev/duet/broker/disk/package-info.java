/// The log on disk: `DiskBroker`. Its design is docs/adr/0006-the-log-on-disk.md.
@NullMarked
package dev.duet.broker.disk;

import org.jspecify.annotations.NullMarked;
