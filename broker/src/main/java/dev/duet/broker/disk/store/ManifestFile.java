package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.Retention;
import dev.duet.broker.disk.store.Epoch.Family;
import dev.duet.broker.disk.store.Manifest.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A [Manifest] as a file: text, an item per line.
///
/// ```
/// duet log 1
/// salt 00112233445566778899aabbccddeeff
/// id 8dK2x0Qz
/// past 3fPq71Lm 1781000000123456 [intact]
/// position 1781000000999999
/// epoch 1781000000000001
/// namespace OS HISTORY orders.*
/// floor 1781000000000500 orders.*
/// hole 1781000000000700 1781000000000710
/// segment 1 0 1781000000000800 sealed - 33554417
/// segment 2 1781000000000800 - open 65536
/// check 1f0e9c3a
/// ```
final class ManifestFile {
  static final String NAME = "manifest";

  /// A past id behind whose end nothing was announced.
  private static final String INTACT = "intact";

  private static final String VERSION = "duet log 1";

  private final TextFile file;

  ManifestFile(Folder folder) {
    this.file = new TextFile(folder, NAME);
  }

  /// @throws DamagedException if it is not what was written
  /// @throws IOException if it cannot be read, or another version wrote it
  Manifest read() throws IOException {
    return parse(file.read());
  }

  /// Replaces it; see [TextFile#write].
  void write(Manifest manifest) throws IOException {
    file.write(lines(manifest));
  }

  static List<String> lines(Manifest manifest) {
    List<String> lines = new ArrayList<>();
    lines.add(VERSION);
    lines.add("salt " + manifest.salt().hex());
    lines.add("id " + manifest.ids().current());
    for (LogIds.Past past : manifest.ids().past()) {
      lines.add("past " + past.id() + " " + past.end() + (past.intact() ? " " + INTACT : ""));
    }
    lines.add("position " + manifest.position());
    for (Epoch epoch : manifest.epochs()) {
      lines.add("epoch " + epoch.offset());
      for (Family one : epoch.families()) {
        lines.add(
            "namespace "
                + one.durability().name()
                + " "
                + one.mode().name()
                + " "
                + TextFile.escaped(one.pattern()));
      }
    }
    new TreeMap<>(manifest.floors())
        .forEach(
            (pattern, offset) -> lines.add("floor " + offset + " " + TextFile.escaped(pattern)));
    manifest.holes().forEach(hole -> lines.add("hole " + hole.from() + " " + hole.to()));
    for (Entry one : manifest.segments()) {
      lines.add(
          "segment "
              + one.number()
              + " "
              + orDash(one.base())
              + " "
              + orDash(one.last())
              + (one.sealed() ? " sealed" : " open")
              + (one.end() < 0 && one.bytes() < 0 ? "" : " " + orDash(one.end()))
              + (one.bytes() < 0 ? "" : " " + one.bytes()));
    }
    return lines;
  }

  private static String orDash(long value) {
    return value < 0 ? "-" : Long.toString(value);
  }

  /// @throws IOException that names the line
  static Manifest parse(List<String> lines) throws IOException {
    var parts = new Parts();
    parts.read(lines, VERSION);
    return parts.manifest();
  }

  /// What was read so far.
  private static final class Parts extends TextFile.Lines {
    private @Nullable Salt salt;
    private @Nullable String id;
    private final List<LogIds.Past> past = new ArrayList<>();
    private long position;
    private final List<Epoch> epochs = new ArrayList<>();
    private final Map<String, Long> floors = new HashMap<>();
    private final List<Hole> holes = new ArrayList<>();
    private final List<Entry> segments = new ArrayList<>();

    Parts() {
      super(NAME);
    }

    @Override
    boolean line(String[] words) {
      switch (words[0]) {
        case "salt" -> salt = Salt.parse(words[1]);
        case "id" -> id = words[1];
        case "past" ->
            past.add(
                new LogIds.Past(
                    words[1],
                    Long.parseLong(words[2]),
                    words.length > 3 && words[3].equals(INTACT)));
        case "position" -> position = Long.parseLong(words[1]);
        case "epoch" -> epochs.add(new Epoch(Long.parseLong(words[1]), List.of()));
        case "namespace" ->
            family(
                new Family(
                    TextFile.unescaped(words[3]),
                    Durability.valueOf(words[1]),
                    Retention.Mode.valueOf(words[2])));
        case "floor" -> floors.put(TextFile.unescaped(words[2]), Long.parseLong(words[1]));
        case "hole" -> holes.add(new Hole(Long.parseLong(words[1]), Long.parseLong(words[2])));
        case "segment" -> segments.add(segment(words));
        default -> {
          return false;
        }
      }
      return true;
    }

    private void family(Family family) {
      Epoch last = epochs.removeLast();
      List<Family> families = new ArrayList<>(last.families());
      families.add(family);
      epochs.add(new Epoch(last.offset(), families));
    }

    private static Entry segment(String[] words) {
      boolean sealed = words[4].equals("sealed");
      if (!sealed && !words[4].equals("open")) {
        throw new IllegalArgumentException("a segment is sealed or open");
      }
      return new Entry(
          Long.parseLong(words[1]),
          dashed(words[2]),
          dashed(words[3]),
          sealed,
          words.length > 5 ? dashed(words[5]) : -1,
          words.length > 6 ? Long.parseLong(words[6]) : -1);
    }

    private static long dashed(String word) {
      return word.equals("-") ? -1 : Long.parseLong(word);
    }

    Manifest manifest() throws IOException {
      if (salt == null || id == null) {
        throw new UnknownFormatException(NAME + ": has no salt or id");
      }
      return new Manifest(salt, new LogIds(id, past), position, epochs, floors, holes, segments);
    }
  }
}
