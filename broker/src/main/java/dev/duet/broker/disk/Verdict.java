package dev.duet.broker.disk;

import dev.duet.broker.commit.Pending;
import dev.duet.broker.disk.store.Run;
import dev.duet.broker.disk.store.Spot;
import dev.duet.broker.disk.store.StoredRecord;
import dev.duet.protocol.Publication;
import java.io.IOException;

/// What of one channel may go from segments that are rewritten, as its state is now. One thread,
/// off the log's lock.
///
/// What is on disk of a channel is always an unbroken end of it: a record goes only if no older
/// segment has any of the channel, so nothing that was let go comes back from an older file. Where
/// the latest per key is kept this holds for the last record of a key; one that a newer one has
/// overwritten may go from anywhere.
abstract sealed class Verdict {
  /// Bytes of a record beside its channel's name and what its weight counts, about.
  private static final int OVERHEAD = 30 - 64;

  final ChannelState state;

  /// Whether a segment older than the rewritten ones has a run of the channel; or a newer one
  /// records of it.
  final boolean older;

  final boolean newer;

  private Verdict(ChannelState state, boolean older, boolean newer) {
    this.state = state;
    this.older = older;
    this.newer = newer;
  }

  /// Whether a publication may go.
  abstract boolean goes(StoredRecord record, Publication publication);

  /// Bytes of the run's records that may not go, about.
  abstract long staying(Run run, Spot spot) throws IOException;

  static long bytes(Spot spot, String channel) {
    return spot.weight + OVERHEAD + channel.length();
  }

  /// Of a channel with a history.
  static final class History extends Verdict {
    private final HistoryTail tail;
    private final long now;

    History(HistoryTail tail, long now, boolean older, boolean newer) {
      super(tail, older, newer);
      this.tail = tail;
      this.now = now;
    }

    @Override
    boolean goes(StoredRecord record, Publication publication) {
      long before = record.cum() - publication.weight();
      return !older && !tail.holds(record.seq(), before, record.age(), record.offset(), now);
    }

    @Override
    long staying(Run run, Spot spot) throws IOException {
      int first = older ? 0 : ChannelRuns.firstHeld(run, 0, tail, now, spot);
      if (first == run.size()) {
        return 0;
      }
      run.spot(first, spot);
      long before = spot.cum - spot.weight;
      run.spot(run.size() - 1, spot);
      long each = OVERHEAD + tail.name().length();
      return spot.cum - before + (run.size() - first) * each;
    }
  }

  /// Of a channel that keeps the latest per key.
  static final class Keyed extends Verdict {
    private final LogCore core;
    private final KeyedState keyed;

    Keyed(LogCore core, KeyedState keyed, boolean older, boolean newer) {
      super(keyed, older, newer);
      this.core = core;
      this.keyed = keyed;
    }

    @Override
    boolean goes(StoredRecord record, Publication publication) {
      return goes(record.offset(), core.keyHash(Pending.key(publication.key())));
    }

    /// Whether something newer is held for its key, so that it goes without moving a horizon.
    boolean isOverwritten(Publication publication) {
      long hash = core.keyHash(Pending.key(publication.key()));
      return core.locked(() -> keyed.find(hash) >= 0);
    }

    private boolean goes(long offset, long hash) {
      return core.locked(() -> keyed.at(offset) < 0 && (!older || keyed.find(hash) >= 0));
    }

    @Override
    long staying(Run run, Spot spot) throws IOException {
      long bytes = 0;
      for (int i = 0; i < run.size(); i++) {
        run.spot(i, spot);
        bytes += goes(spot.offset, spot.keyHash) ? 0 : bytes(spot, keyed.name());
      }
      return bytes;
    }
  }
}
