package dev.duet.broker.disk.store;

/// Says in the program's log what nobody foresaw. Where memory is short even that may fail, and
/// whoever says it has something to finish: so it never throws.
public final class Unforeseen {
  private static final System.Logger LOG = System.getLogger("dev.duet.broker.disk");

  private Unforeseen() {}

  /// @param what failed
  public static void say(String what, Throwable why) {
    try {
      LOG.log(System.Logger.Level.ERROR, what, why);
    } catch (RuntimeException | Error e) {
      // There is nobody left to be told.
    }
  }
}
