package dev.duet.broker;

import dev.duet.protocol.Draft;
import dev.duet.protocol.Start;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One order of commits over many channels.
///
/// All methods may be called from any thread; none blocks for longer than a short lock. Stages
/// complete on any thread, also on the caller's before the method returns; whoever must continue on
/// a thread of its own hops there. They complete with a value, never exceptionally, except where
/// said.
///
/// **The law**, checked by `BrokerContract`:
///
/// 1. Offsets strictly increase over all channels, across failures too: an offset that was given to
///    an append that failed is never used again.
/// 2. Append gives the offset, commit makes it durable. Appends commit in the order of their
///    offsets; when a commit fails, every append after the last committed one fails with it, and
///    tails, keys, counts and ends are what they were there.
/// 3. Only what is committed is announced, readable, acknowledged, or counted by [#position()]. An
///    append is announced to every follower before its stage completes, and [#position()] does not
///    move beyond what is announced.
/// 4. Announcements come one call at a time, in log order, each publication once. None comes after
///    a follower's handle was closed: a call that is under way ends before closing returns.
/// 5. Retention, overwriting and forgetting act at commit, never at append.
/// 6. An answer that rests on an append that is not committed waits for it and fails with it.
/// 7. What is read is what was appended: the same channel, offset, bytes and names.
/// 8. Appends that one thread made for one channel are in the log in the order of the calls.
/// 9. Reading and subscribing make nothing in the log; a channel that holds nothing costs nothing.
/// 10. A watch is ordered with announcing: its interest is in place before its position is read, so
///     that what commits between the two is announced, and lies after the position or at it.
public interface Log {
  /// A name for people and metrics, unique in its broker: `memory`, `os`, `disk`.
  String name();

  /// Its present id, and the ids that it had.
  LogIds ids();

  /// What a publication survives once this log has acknowledged it.
  Durability durability();

  /// The offset of the last publication that is committed and announced; after a start at least as
  /// large as any offset that anybody was told.
  long position();

  /// Completes with the position once everything that was committed when this was called, by any
  /// node, has been announced here. A cursor from another node may lie beyond [#position()] but
  /// never beyond this.
  CompletionStage<Long> tail();

  /// Appends, if the draft's conditions hold. Decided in this order: idempotency key, `end`,
  /// `If-Match`, room.
  CompletionStage<Receipt> append(String channel, Draft draft);

  /// Reads what lies in the spans, in log order, up to the bounds of the request.
  ///
  /// Completes exceptionally if the log cannot be read at all; the caller asks again later.
  CompletionStage<Page> read(ReadRequest request);

  /// Where `start` lies in each of the channels, for a reader that began when the log ended at
  /// `asOf`: a span per channel, in the order given. Nothing after `asOf` is left out by any start,
  /// and a start is no gap as of this call. [Start.Now] is `asOf`; [Start.Default] is [Start.Held]
  /// where the latest per key is kept, else [Start.Now].
  CompletionStage<List<Span>> starts(List<String> channels, Start start, long asOf);

  /// Asks for the announcements of a channel. The watch's position P: every publication of the
  /// channel after P is announced to all followers. Watching again what is watched is allowed and
  /// cheap.
  CompletionStage<Watch> watch(String channel);

  /// Takes one [#watch] back.
  void unwatch(String channel);

  /// Announces to `follower` everything that is committed after the position returned, of all
  /// channels that are watched, until the handle is closed. The first call may come before this
  /// returns.
  Following follow(Follower follower);

  /// Forgets what the channel holds up to and including `before`; its horizon moves there.
  ///
  /// Completes when nothing of it but tombstones is held any more, as durably as an append would
  /// be: where the latest per key is kept after what was under way for its keys. Completes
  /// exceptionally, with a [NotCommittedException] if that could not be committed: then all or some
  /// of it is still held, and trying again is right.
  CompletionStage<ChannelInfo> trim(String channel, long before);

  /// What the channel holds.
  CompletionStage<ChannelInfo> info(String channel);

  /// What the log holds, for operators. Any thread; cheap enough for once a second.
  default Held held() {
    return Held.UNKNOWN;
  }

  /// How its files are, for operators; null if it has none of its own. Any thread; waits for
  /// nothing, for whoever can reach the server may ask.
  default @Nullable StorageFigures storage() {
    return null;
  }

  /// What a log holds. Negative where it does not know.
  ///
  /// @param channels channels that hold something
  /// @param bytes what that takes of the log's store, as its bound counts it
  /// @param maxBytes that bound
  /// @param pending appends that are not committed yet
  record Held(long channels, long bytes, long maxBytes, long pending) {
    /// Nothing is known.
    public static final Held UNKNOWN = new Held(-1, -1, -1, -1);
  }

  /// @param position P: everything of the channel after it is announced
  /// @param endedAt the offset of the publication that ended the channel, or 0
  record Watch(long position, long endedAt) {}

  /// @param position announcements begin after it
  /// @param handle ends them
  record Following(long position, Runnable handle) {}

  /// What a channel holds. All zero for one that was never used or is forgotten.
  ///
  /// @param count publications held, tombstones included
  /// @param bytes their weight
  /// @param tail offset of the last one, or of the last one that was held; 0 if not known
  /// @param horizon offset of the last one that is no longer held; 0 if none
  /// @param endedAt offset of the one that ended the channel, or 0
  record ChannelInfo(
      String channel, int count, long bytes, long tail, long horizon, long endedAt) {}
}
