package dev.duet.broker.disk.store;

import java.io.IOException;
import java.util.List;

/// What a log notes of the run that uses it, as a file beside the manifest. It names its own
/// identity, so that a copy of it is known as one.
final class StateFile {
  static final String NAME = "state";

  /// A boot that is none: a start takes a new id unless it was a clean stop.
  static final String NO_BOOT = "none";

  /// The identity that a backup is given: no file has it.
  private static final String BACKUP = "backup";

  private static final String VERSION = "duet state 1";

  private final TextFile file;

  StateFile(Folder folder) {
    this.file = new TextFile(folder, NAME);
  }

  /// @param boot the id of the operating system's run, or [#NO_BOOT]
  /// @param clean whether everything was synced when the log was closed
  /// @param wall when this was written, milliseconds since 1970
  /// @param age the log's own clock then, milliseconds
  /// @param number of the last segment at a clean stop, or -1
  /// @param bytes of its file then, or -1
  record State(String boot, boolean clean, long wall, long age, long number, long bytes) {}

  /// @param state what it says
  /// @param own whether it is the file that was written, not a copy
  /// @param backup whether it says that it is a backup
  record Read(State state, boolean own, boolean backup) {}

  /// @throws DamagedException if it is not what was written
  /// @throws IOException if it cannot be read, or another version wrote it
  Read read() throws IOException {
    var parts = new Parts();
    parts.read(file.read(), VERSION);
    return new Read(
        new State(parts.boot, parts.clean, parts.wall, parts.age, parts.number, parts.bytes),
        file.is(parts.identity),
        parts.identity.equals(BACKUP));
  }

  /// Replaces it; see [TextFile#write].
  void write(State state) throws IOException {
    file.write(identity -> lines(state, identity));
  }

  /// Writes the one of a backup.
  void writeBackup(State state) throws IOException {
    file.write(identity -> lines(state, BACKUP));
  }

  private static List<String> lines(State state, String identity) {
    return List.of(
        VERSION,
        "file " + TextFile.escaped(identity),
        "boot " + TextFile.escaped(state.boot()),
        "stop " + (state.clean() ? "clean" : "none"),
        "wall " + state.wall(),
        "age " + state.age(),
        "end " + state.number() + " " + state.bytes());
  }

  /// What was read so far.
  private static final class Parts extends TextFile.Lines {
    private String identity = "";
    private String boot = NO_BOOT;
    private boolean clean;
    private long wall;
    private long age;
    private long number = -1;
    private long bytes = -1;

    Parts() {
      super(NAME);
    }

    @Override
    boolean line(String[] words) {
      switch (words[0]) {
        case "file" -> identity = TextFile.unescaped(words[1]);
        case "boot" -> boot = TextFile.unescaped(words[1]);
        case "stop" -> clean = words[1].equals("clean");
        case "wall" -> wall = Long.parseLong(words[1]);
        case "age" -> age = Long.parseLong(words[1]);
        case "end" -> {
          number = Long.parseLong(words[1]);
          bytes = Long.parseLong(words[2]);
        }
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
