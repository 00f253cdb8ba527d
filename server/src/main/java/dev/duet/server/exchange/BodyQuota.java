package dev.duet.server.exchange;

/// Counts the bytes of bodies that are held, over all connections. Any thread.
public interface BodyQuota {
  /// Counts nothing.
  BodyQuota NONE =
      new BodyQuota() {
        @Override
        public boolean take(int bytes) {
          return true;
        }

        @Override
        public void release(int bytes) {}
      };

  /// Counts so many more bytes as held, if there is room for them.
  boolean take(int bytes);

  /// Gives back what was taken.
  void release(int bytes);
}
