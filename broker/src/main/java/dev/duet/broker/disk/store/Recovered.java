package dev.duet.broker.disk.store;

import java.util.List;

/// What a start found.
///
/// @param isNew whether there was no log here
/// @param position the log's position: no offset was told that is larger
/// @param age where the log's own clock goes on, milliseconds: the last known age and the time
///     since
/// @param keyed records, of sealed segments without their publication, that have an idempotency key
///     and are within its window, oldest first, at most the settings' `maxKeys` newest
/// @param wrongIndexes numbers of segments whose index was found to be wrong and is not made anew
///     yet
/// @param notices what the operator was told: what was cut, lost, made anew
public record Recovered(
    boolean isNew,
    long position,
    long age,
    List<StoredRecord> keyed,
    List<Long> wrongIndexes,
    List<String> notices) {
  public Recovered {
    keyed = List.copyOf(keyed);
    wrongIndexes = List.copyOf(wrongIndexes);
    notices = List.copyOf(notices);
  }
}
