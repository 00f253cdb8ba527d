package dev.duet.systemtests.crash;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/// What happened in a run, as the clients saw it: all that the [Verdict] knows.
///
/// @param channels what each channel keeps
/// @param followed channels of which each reader should have everything from the first on
/// @param publications in the order of sending of each publisher
/// @param log what a read of every channel from its start gave at the end; of each channel in the
///     order in which it came
/// @param logGaps what that read was told of as missing
/// @param readers what each was told, by its name
/// @param refused those that were told to be tried again, for which their publisher's order may be
///     another: it had sent more behind them
/// @param tearsEnds whether the power went, or syncs failed. Then nobody can tell whether what is
///     torn at the end of a log had been there, and a log says so
/// @param unexpected what should not have been said by anybody: errors, refusals
record Story(
    Map<String, Keeps> channels,
    Map<String, List<String>> followed,
    List<Publication> publications,
    List<Answer> answers,
    List<Seen.Got> log,
    List<Seen.Gap> logGaps,
    Map<String, List<Seen>> readers,
    Set<Body.Name> refused,
    boolean tearsEnds,
    List<String> unexpected) {

  /// Whether this may be the torn end of a log, with nothing that was acknowledged in it; or after
  /// it a whole state comes again.
  ///
  /// @param published what was acknowledged on the gap's channel, by offset
  boolean isTornEnd(Seen.Gap gap, NavigableMap<Long, Publication> published) {
    return tearsEnds
        && !gap.certain()
        && gap.reason().equals("hole")
        && (gap.state() || published.subMap(gap.from(), false, gap.to(), true).isEmpty());
  }

  /// A receipt.
  ///
  /// @param log id of the log of its cursor
  record Answer(Publication to, String log, long offset, boolean duplicate) {}
}
