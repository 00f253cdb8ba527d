package dev.duet.systemtests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Programs of the system: Node with the scripts of these tests, and Chromium.
public final class Node {
  private Node() {}

  /// Starts a script. Each of them ends when its standard input does.
  public static Process start(String script, String... arguments) throws IOException {
    Path directory = Path.of("src/test/node").toAbsolutePath();
    if (!Files.isDirectory(directory.resolve("node_modules"))) {
      throw new AssertionError("'npm ci' has not been run in src/test/node; ./verify does it");
    }
    var command = new ArrayList<>(List.of(program("node"), script));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Ends a script, and what it had started.
  public static void end(Process process) throws InterruptedException {
    List<ProcessHandle> children = process.descendants().toList();
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroy();
    }
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }

  public static String chromium() {
    return program("chromium", "chromium-browser", "google-chrome");
  }

  private static String program(String... names) {
    List<Path> path = Stream.of(System.getenv("PATH").split(":")).map(Path::of).toList();
    return Stream.of(names)
        .flatMap(name -> path.stream().map(directory -> directory.resolve(name)))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElseThrow(() -> new AssertionError("not installed: " + String.join(" or ", names)));
  }
}
