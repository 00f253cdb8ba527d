/// The configuration: one tree of records, and what reads a file into it.
@NullMarked
package dev.duet.app.config;

import org.jspecify.annotations.NullMarked;
