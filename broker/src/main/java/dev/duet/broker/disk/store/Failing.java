package dev.duet.broker.disk.store;

import java.io.IOException;

/// That a log cannot be written at present, and why.
///
/// @param full whether there is no room on the disk
/// @param why what the operating system said last
/// @param since when it began, nanoseconds of the ticker
/// @param nextProbe from when on a write tries again, nanoseconds of the ticker
public record Failing(boolean full, String why, long since, long nextProbe) {
  /// What whoever must be refused is told.
  IOException refusal() {
    return full
        ? new DiskFullException("the log cannot be written: " + why, null)
        : new IOException("the log cannot be written: " + why);
  }
}
