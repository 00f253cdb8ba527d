package dev.duet.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// What a command finds around it: handed in, so that a test can be a terminal.
///
/// @param directory that it was started in
/// @param in its standard input
/// @param typing whether somebody types at its standard input
/// @param watching whether somebody looks at its standard output
record Shell(
    Map<String, String> environment,
    Path directory,
    InputStream in,
    boolean typing,
    boolean watching) {

  /// That of this process.
  static Shell ofProcess() {
    return new Shell(System.getenv(), Path.of(""), System.in, isTerminal(0), isTerminal(1));
  }

  /// The JDK knows only whether both are one.
  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null && System.console().isTerminal();
    }
  }
}
