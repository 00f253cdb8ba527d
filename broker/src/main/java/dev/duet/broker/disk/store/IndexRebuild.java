package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.RecordScanner.Damage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Makes the index of a segment anew from its data.
public final class IndexRebuild {
  private IndexRebuild() {}

  /// Reads the whole data file of a sealed segment and writes and syncs its index, in the place of
  /// one that is there.
  ///
  /// @param end where its records end
  /// @return what of the data is damaged; its records are not in the index
  /// @throws IOException if the data cannot be read, or the index not be written
  public static List<Damage> rebuild(Folder folder, SegmentHeader header, long end)
      throws IOException {
    return rebuild(folder, header, end, damages -> {});
  }

  /// Takes what of the data is damaged.
  interface Told {
    void damaged(List<Damage> damages) throws IOException;
  }

  /// @param end -1 where it is not known: then what is behind the last record may be damaged
  /// @param told before the new index is in place: it does not say what was left out
  static List<Damage> rebuild(Folder folder, SegmentHeader header, long end, Told told)
      throws IOException {
    String name = SegmentHeader.indexName(header.number());
    List<Damage> damages = new ArrayList<>();
    var index = new SegmentIndex(new SipHash(header.salt()), header.base());
    long to = end;
    try (StoredFile data = folder.open(SegmentHeader.logName(header.number()), false)) {
      to = end < 0 ? data.size() : end;
      var codec = new RecordCodec(header.salt());
      var scanner = new RecordScanner(codec, data, SegmentHeader.BYTES, to, header.base());
      for (var record = scanner.next(); record != null; record = scanner.next()) {
        index.add(record, scanner.position());
        note(scanner, damages);
      }
      note(scanner, damages);
      if (end < 0 || data.size() < end) {
        damages.add(new Damage(data.size(), to, index.last(), Damage.NOTHING, false));
      }
    }
    try (StoredFile file = folder.create(name + ".new")) {
      IndexWriter.write(header, index, to, file);
      file.force();
    }
    told.damaged(damages);
    folder.rename(name + ".new", name);
    folder.sync();
    return damages;
  }

  private static void note(RecordScanner scanner, List<Damage> damages) {
    Damage damage = scanner.damage();
    if (damage != null) {
      damages.add(damage);
    }
  }
}
