package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// What a log does when the disk does not take what is written: it refuses for a while, then tries
/// again, and first makes good what the failure left. Guarded by the store's lock, but for
/// [#failing].
final class Healing {
  /// How long everything is refused after a failure, before the disk is tried again.
  private static final long PROBE_NANOS = 1_000_000_000;

  private final Parts parts;
  private final OpenSegments open;
  private final boolean disk;
  private volatile @Nullable Failing failing;
  private boolean syncFailed;
  private int syncFailures;
  private volatile boolean manifestDue;

  Healing(Parts parts, OpenSegments open) {
    this.parts = parts;
    this.open = open;
    this.disk = parts.settings().durability() == Durability.DISK;
  }

  // ---- what failed

  /// Why the log cannot be written, or null. Any thread.
  @Nullable Failing failing() {
    return failing;
  }

  /// Whether a sync failed, and what it took is not made good yet.
  boolean isSyncFailed() {
    return syncFailed;
  }

  /// How many syncs failed since the start.
  int syncFailures() {
    return syncFailures;
  }

  /// Whether the manifest of the start is not known to be on the disk. Any thread.
  boolean isManifestDue() {
    return manifestDue;
  }

  /// A write or a sync failed: everything is refused for a while.
  IOException failed(IOException e) {
    long now = now();
    Failing before = failing;
    parts.meter().failed();
    String why = IoReason.of(e);
    boolean full = e instanceof DiskFullException;
    failing = new Failing(full, why, before == null ? now : before.since(), now + PROBE_NANOS);
    if (before == null) {
      parts.say("the log cannot be written, publishes are refused: " + why);
    }
    return e;
  }

  /// A start could not write the manifest or the mark, or not copy what it read: the first probe
  /// does it.
  void startFailed(IOException e) {
    manifestDue = true;
    var unused = failed(e);
  }

  /// A sync of the segment failed, which [#failed] is told as well: it ends where it was synced
  /// last.
  void syncFailed(OpenSegment segment) {
    syncFailed = true;
    syncFailures++;
    open.end(segment);
    if (!disk) {
      try {
        parts.state().suspect();
      } catch (IOException e) {
        parts.say("the mark that the log is sound could not be taken away: " + IoReason.of(e));
      }
    }
  }

  // ---- trying again

  /// Before a write: refuses it, or makes good what a failure left.
  ///
  /// @throws IOException if nothing can be written yet
  void probe() throws IOException {
    Failing now = failing;
    if (now != null && !isProbeDue(now)) {
      throw now.refusal();
    }
    try {
      mend();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /// A write succeeded.
  void succeeded() {
    if (failing != null) {
      healed();
    }
  }

  /// Without anything to write: whether the log can be written now.
  boolean tryHeal() {
    Failing now = failing;
    if (now == null) {
      return true;
    }
    if (open.isPending() || !isProbeDue(now)) {
      return false;
    }
    try {
      mend();
      parts.state().probe();
      healed();
      return true;
    } catch (IOException e) {
      var unused = failed(e);
      return false;
    }
  }

  private boolean isProbeDue(Failing now) {
    return now() - now.nextProbe() >= 0;
  }

  private long now() {
    return parts.settings().ticker().getAsLong();
  }

  private void healed() {
    failing = null;
    try {
      parts.say("the log can be written again");
    } catch (RuntimeException | Error e) {
      Unforeseen.say("the operator could not be told", e);
    }
  }

  /// Makes good what a failure left.
  void mend() throws IOException {
    if (manifestDue) {
      parts.catalog().update(manifest -> manifest);
      manifestDue = false;
    }
    open.save();
    parts.catalog().settle();
    if (syncFailed) {
      if (!disk) {
        parts.state().suspect();
        open.rescue();
      }
      open.noteEnds();
      syncFailed = false;
      open.count();
    }
    parts.state().running();
  }
}
