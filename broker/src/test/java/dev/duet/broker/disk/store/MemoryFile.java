package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.Faults.Fate;
import dev.duet.broker.disk.store.Faults.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;

/// An open file of a [MemoryFolder].
final class MemoryFile implements StoredFile {
  private final MemoryDisk disk;
  private final int process;
  private final String path;
  private final FileNode node;
  private final boolean writable;
  private boolean closed;

  /// Under the lock of the disk.
  MemoryFile(MemoryDisk disk, int process, String path, FileNode node, boolean writable) {
    this.disk = disk;
    this.process = process;
    this.path = path;
    this.node = node;
    this.writable = writable;
    disk.opened(node);
  }

  @Override
  public long size() throws IOException {
    synchronized (disk) {
      disk.check(process);
      checkOpen(false);
      return node.content().size();
    }
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    synchronized (disk) {
      checkOpen(false);
      Fate fate = disk.next(process, Operation.READ, path);
      if (fate == Fate.DIES) {
        throw disk.die();
      }
      if (fate == Fate.FAILS || node.isUnreadable(position, position + into.remaining())) {
        throw MemoryDisk.failure(Operation.READ, path);
      }
      int count = node.content().get(into, position);
      disk.faults().countRead(count);
      return count;
    }
  }

  @Override
  public void write(ByteBuffer from, long position) throws IOException {
    synchronized (disk) {
      checkOpen(true);
      Fate fate = disk.next(process, Operation.WRITE, path);
      int wanted = from.remaining();
      int part = fate == Fate.DONE ? wanted : disk.random().nextInt(wanted + 1);
      int size = node.content().size();
      long fits = Math.max(0, size - position + Math.max(0, disk.faults().room()));
      var bytes = new byte[(int) Math.min(part, fits)];
      from.get(bytes);
      if (bytes.length > 0) {
        node.write(Math.toIntExact(position), bytes);
      }
      disk.grown(node.content().size() - size);
      disk.faults().countWrite(bytes.length);
      if (fate == Fate.DIES) {
        throw disk.die();
      }
      if (bytes.length < part) {
        throw new DiskFullException(path + ": No space left on device", null);
      }
      if (fate == Fate.FAILS) {
        throw MemoryDisk.failure(Operation.WRITE, path);
      }
    }
  }

  @Override
  public void force() throws IOException {
    Fate fate;
    long last;
    Runnable before;
    synchronized (disk) {
      checkOpen(false);
      fate = disk.next(process, Operation.FORCE, path);
      last = node.edited();
      before = disk.faults().beforeForce();
      disk.faults().count(1, 0);
    }
    before.run();
    synchronized (disk) {
      disk.check(process);
      switch (fate) {
        case DONE -> node.sync(last);
        case FAILS -> {
          node.failSync(last, disk.random(), disk.faults().pages());
          throw MemoryDisk.failure(Operation.FORCE, path);
        }
        case DIES -> {
          if (disk.random().nextBoolean()) {
            node.sync(last);
          }
          throw disk.die();
        }
      }
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    synchronized (disk) {
      checkOpen(true);
      disk.change(
          process,
          Operation.TRUNCATE,
          path,
          () -> {
            int before = node.content().size();
            if (size < before) {
              node.resize((int) size);
              disk.grown(size - before);
            }
          });
    }
  }

  @Override
  public void close() {
    synchronized (disk) {
      if (!closed && !disk.isDead(process)) {
        disk.closed(node);
      }
      closed = true;
    }
  }

  private void checkOpen(boolean toWrite) throws IOException {
    if (closed && !disk.isDead(process)) {
      throw new ClosedChannelException();
    }
    if (toWrite && !writable) {
      throw new NonWritableChannelException();
    }
  }
}
