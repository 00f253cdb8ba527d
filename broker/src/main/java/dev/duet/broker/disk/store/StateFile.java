package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a log notes of the run that uses it, as a file beside the manifest.
final class StateFile {
  static final String NAME = "state";

  /// The identity that a backup is given: no folder has it.
  static final String BACKUP = "backup";

  /// A boot that is none: a start takes a new id unless it was a clean stop.
  static final String NO_BOOT = "none";

  private static final String VERSION = "duet state 1";

  private final TextFile file;

  StateFile(Folder folder) {
    this.file = new TextFile(folder, NAME);
  }

  /// @param boot the id of the operating system's run, or [#NO_BOOT]
  /// @param folder the folder's own identity, or [#BACKUP]
  /// @param clean whether everything was synced when the log was closed
  /// @param wall when this was written, milliseconds since 1970
  /// @param age the log's own clock then, milliseconds
  /// @param suspects per segment: bytes of its file up to its last good sync, where one failed
  record State(
      String boot, String folder, boolean clean, long wall, long age, Map<Long, Long> suspects) {
    /// Nothing is known.
    static final State UNKNOWN = new State(NO_BOOT, "unknown", false, 0, 0, Map.of());

    State {
      suspects = Map.copyOf(suspects);
    }

    boolean isBackup() {
      return folder.equals(BACKUP);
    }
  }

  /// @throws DamagedException if it is not what was written
  /// @throws IOException if it cannot be read, or another version wrote it
  State read() throws IOException {
    return parse(file.read());
  }

  /// Replaces it; see [TextFile#write].
  void write(State state) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(VERSION);
    lines.add("boot " + TextFile.escaped(state.boot()));
    lines.add("folder " + TextFile.escaped(state.folder()));
    lines.add("stop " + (state.clean() ? "clean" : "none"));
    lines.add("wall " + state.wall());
    lines.add("age " + state.age());
    new TreeMap<>(state.suspects())
        .forEach((number, end) -> lines.add("suspect " + number + " " + end));
    file.write(lines);
  }

  static State parse(List<String> lines) throws IOException {
    var parts = new Parts();
    parts.read(lines, VERSION);
    return new State(parts.boot, parts.folder, parts.clean, parts.wall, parts.age, parts.suspects);
  }

  /// What was read so far.
  private static final class Parts extends TextFile.Lines {
    private String boot = NO_BOOT;
    private String folder = "unknown";
    private boolean clean;
    private long wall;
    private long age;
    private final Map<Long, Long> suspects = new TreeMap<>();

    Parts() {
      super(NAME);
    }

    @Override
    boolean line(String[] words) {
      switch (words[0]) {
        case "boot" -> boot = TextFile.unescaped(words[1]);
        case "folder" -> folder = TextFile.unescaped(words[1]);
        case "stop" -> clean = words[1].equals("clean");
        case "wall" -> wall = Long.parseLong(words[1]);
        case "age" -> age = Long.parseLong(words[1]);
        case "suspect" -> suspects.put(Long.parseLong(words[1]), Long.parseLong(words[2]));
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
