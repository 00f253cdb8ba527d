package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;

/// Copies the file of a segment that has no index, and syncs the copy. What a start read may not be
/// on the disk, and no sync of that file could tell.
final class SegmentCopy {
  private static final int PIECE = 1 << 20;

  private SegmentCopy() {}

  /// Bytes of a file.
  ///
  /// @param from the first of them
  /// @param to behind the last of them
  record Range(long from, long to) {}

  /// Makes the file of `header`.
  ///
  /// @param from the other segment's file
  /// @param end its last byte, exclusive
  /// @param lost what the disk could not read when the records were read, and is told as lost:
  ///     where it still cannot, the copy has zeros
  /// @return open for writing
  /// @throws IOException if it failed; the new file is gone, if it could be deleted
  static StoredFile write(
      Folder folder, SegmentHeader header, StoredFile from, long end, List<Range> lost)
      throws IOException {
    String name = SegmentHeader.logName(header.number());
    StoredFile file = folder.create(name);
    try {
      file.write(header.encode(), 0);
      var piece = ByteBuffer.allocate(PIECE);
      for (long at = SegmentHeader.BYTES; at < end; at += piece.limit()) {
        piece.clear().limit((int) Math.min(PIECE, end - at));
        read(from, at, piece, lost);
        file.write(piece.flip(), at);
      }
      file.force();
      folder.sync();
      return file;
    } catch (IOException e) {
      file.close();
      folder.delete(name);
      throw e;
    }
  }

  private static void read(StoredFile from, long at, ByteBuffer piece, List<Range> lost)
      throws IOException {
    int read;
    try {
      read = from.read(piece, at);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      piece.position(0);
      boolean[] more = {lost.isEmpty()};
      if (!more[0]) {
        var unused =
            Pages.read(from, at, piece, page -> more[0] |= !isLost(page, at + piece.limit(), lost));
      }
      if (more[0]) {
        throw e;
      }
      read = piece.position();
    }
    if (read < piece.limit()) {
      throw new IOException("it ends at byte " + (at + read) + " now");
    }
  }

  private static boolean isLost(long page, long end, List<Range> lost) {
    long to = Math.min(end, page - page % Pages.PAGE + Pages.PAGE);
    return lost.stream().anyMatch(range -> range.from <= page && to <= range.to);
  }
}
