package dev.duet.server.http;

import dev.duet.server.access.Withdrawal;
import dev.duet.server.hub.Ending;
import dev.duet.server.hub.HubSettings;

/// How a reader is told that what it was allowed is over.
public final class Withdrawn {
  private Withdrawn() {}

  /// Why its stream ends, and when it comes back: those whose access goes together are spread.
  public static Ending ending(Withdrawal why, HubSettings settings) {
    Ending.Reason reason =
        switch (why.reason()) {
          case EXPIRED -> Ending.Reason.EXPIRED;
          case REVOKED -> Ending.Reason.REVOKED;
        };
    return new Ending(reason, settings.retryMillis(why.place()));
  }
}
