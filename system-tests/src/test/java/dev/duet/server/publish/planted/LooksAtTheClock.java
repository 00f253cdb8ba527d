package dev.duet.server.publish.planted;

import java.util.function.LongSupplier;

final class LooksAtTheClock {
  final LongSupplier clock = System::nanoTime;
}
