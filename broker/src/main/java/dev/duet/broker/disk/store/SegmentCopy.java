package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Copies the file of a segment that has no index, and syncs the copy. What a start read may not be
/// on the disk, and no sync of that file could tell.
final class SegmentCopy {
  private static final int PIECE = 1 << 20;

  private SegmentCopy() {}

  /// Makes the file of `header`.
  ///
  /// @param from the other segment's file
  /// @param end its last byte, exclusive
  /// @return open for writing
  /// @throws IOException if it failed; the new file is gone, if it could be deleted
  static StoredFile write(Folder folder, SegmentHeader header, StoredFile from, long end)
      throws IOException {
    String name = SegmentHeader.logName(header.number());
    StoredFile file = folder.create(name);
    try {
      file.write(header.encode(), 0);
      var piece = ByteBuffer.allocate(PIECE);
      for (long at = SegmentHeader.BYTES; at < end; at += piece.limit()) {
        piece.clear().limit((int) Math.min(PIECE, end - at));
        from.read(piece, at);
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
}
