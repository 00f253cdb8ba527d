package dev.duet.bench;

import java.util.List;

/// A figure of the log on disk. It throws [IllegalStateException] where what it measured did not
/// happen: then there is no figure.
interface LogFigure {
  /// Measures, in passes that alternate between what is compared.
  List<LogRow> rows(LogRun run) throws Exception;
}
