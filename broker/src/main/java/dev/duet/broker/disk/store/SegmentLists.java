package dev.duet.broker.disk.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/// The segments of a log as they are now. Any thread; changed under the log's lock.
final class SegmentLists {
  private volatile int rescues;

  private final ReentrantLock lock;
  private volatile SegmentList list = SegmentList.EMPTY;

  SegmentLists(ReentrantLock lock) {
    this.lock = lock;
  }

  Snapshot snapshot() {
    while (true) {
      SegmentList now = list;
      if (now.tryRetain()) {
        return new Snapshot(now);
      }
    }
  }

  /// Only for looking at; nothing is retained.
  List<Segment> now() {
    return list.segments();
  }

  void swap(UnaryOperator<List<Segment>> change) {
    SegmentList old;
    lock.lock();
    try {
      old = list;
      list = new SegmentList(change.apply(old.segments()));
    } finally {
      lock.unlock();
    }
    old.release();
  }

  /// Puts `news` in the place of `olds`, which are neighbours, or at the end if there are none.
  void replace(List<? extends Segment> olds, List<? extends Segment> news) {
    replace(olds, news, () -> {});
  }

  /// The same.
  ///
  /// @param with is run in the same hold of the log's lock
  void replace(List<? extends Segment> olds, List<? extends Segment> news, Runnable with) {
    swap(
        segments -> {
          List<Segment> replaced = replaced(segments, olds, news);
          with.run();
          return replaced;
        });
  }

  /// @throws IllegalArgumentException if they are not there, or no neighbours
  static <T> List<T> replaced(List<T> all, List<? extends T> olds, List<? extends T> news) {
    int from = olds.isEmpty() ? all.size() : all.indexOf(olds.get(0));
    if (from < 0
        || from + olds.size() > all.size()
        || !all.subList(from, from + olds.size()).equals(olds)) {
      throw new IllegalArgumentException("not neighbours of this list: " + olds);
    }
    var result = new ArrayList<T>(all);
    result.subList(from, from + olds.size()).clear();
    result.addAll(from, news);
    return result;
  }

  /// How often records moved from one open segment to another.
  int rescues() {
    return rescues;
  }

  /// They did. Under the log's lock.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  void rescued() {
    rescues++;
  }
}
