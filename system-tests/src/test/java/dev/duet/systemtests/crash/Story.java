package dev.duet.systemtests.crash;

import java.util.List;
import java.util.Map;

/// What happened in a run, as the clients saw it: all that the [Verdict] knows.
///
/// @param channels what each channel keeps
/// @param followed channels of which each reader should have everything from the first on
/// @param publications in the order of sending of each publisher
/// @param log what a read of every channel from its start gave at the end; of each channel in the
///     order in which it came
/// @param logGaps what that read was told of as missing
/// @param readers what each was told, by its name
/// @param unexpected what should not have been said by anybody: errors, refusals
record Story(
    Map<String, Keeps> channels,
    Map<String, List<String>> followed,
    List<Publication> publications,
    List<Answer> answers,
    List<Seen.Got> log,
    List<Seen.Gap> logGaps,
    Map<String, List<Seen>> readers,
    List<String> unexpected) {

  /// A receipt.
  ///
  /// @param log id of the log of its cursor
  record Answer(Publication to, String log, long offset, boolean duplicate) {}
}
