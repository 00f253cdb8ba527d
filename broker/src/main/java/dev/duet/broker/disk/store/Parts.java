package dev.duet.broker.disk.store;

import java.util.concurrent.locks.ReentrantLock;

/// What the parts of a store share.
///
/// @param lock the log's
/// @param meter counts what is done with files
record Parts(
    Folder folder,
    StoreSettings settings,
    ReentrantLock lock,
    RecordCodec codec,
    BlockCache cache,
    Catalog catalog,
    StateKeeper state,
    SegmentLists lists,
    Meter meter) {
  void say(String what) {
    settings.operator().accept(what);
  }
}
