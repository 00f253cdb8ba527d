package dev.duet.bench;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// What a run was asked for, and where it writes.
///
/// @param passes that are counted
/// @param quick smaller, for a look
/// @param gib size of the log of which starts are measured, GiB
/// @param directory on the disk that is measured; it and all in it goes at the end
/// @param root of the repository
record LogRun(int passes, boolean quick, double gib, Path directory, Path root) {
  /// One of two sizes.
  int sized(int full, int small) {
    return quick ? small : full;
  }

  /// A directory that is not there yet.
  Path fresh(String name) throws IOException {
    Path path = directory.resolve(name);
    delete(path);
    return path;
  }

  /// Says how far it is.
  static void say(String format, Object... values) {
    System.err.printf(Locale.ROOT, format + "%n", values);
  }

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /// @throws IllegalStateException unless it is true
  static void check(boolean happened, String format, Object... values) {
    if (!happened) {
      throw new IllegalStateException(text(format, values));
    }
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /// Bytes of the files in a directory whose names `which` ends with; all of them with "".
  static long bytes(Path directory, String which) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(which) && Files.isRegularFile(file))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  /// Median over passes.
  static <T> double median(java.util.List<T> passes, ToDoubleFunction<T> of) {
    return median(passes.stream().mapToDouble(of).toArray());
  }

  /// The least and the largest of the passes.
  static <T> String spread(java.util.List<T> passes, ToDoubleFunction<T> of) {
    var all = passes.stream().mapToDouble(of).summaryStatistics();
    return text("%.2f to %.2f", all.getMin(), all.getMax());
  }

  static void delete(Path path) throws IOException {
    try {
      Files.walkFileTree(
          path,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes of) throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(
                Path directory, @org.jspecify.annotations.Nullable IOException failure)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (NoSuchFileException e) {
      // It is not there.
    }
  }
}
