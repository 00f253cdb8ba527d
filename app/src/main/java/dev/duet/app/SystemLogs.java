package dev.duet.app;

import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// What the log on disk and the JDK tell through [System.Logger] goes where all else goes: one
/// format, one level, a line each. The JDK finds this class by its service file.
///
/// Of the JDK only warnings and errors: so a client, which tells nothing by itself, loads nothing
/// to tell it with.
public final class SystemLogs extends System.LoggerFinder {
  private static final String OURS = "dev.duet.";
  private static final System.Logger.Level LEAST_OF_OTHERS = System.Logger.Level.WARNING;

  @Override
  public System.Logger getLogger(String name, Module module) {
    return new Logger(name, name.startsWith(OURS) ? System.Logger.Level.TRACE : LEAST_OF_OTHERS);
  }

  /// @param least nothing below it is told
  private record Logger(String name, System.Logger.Level least) implements System.Logger {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      return level == Level.ALL
          || (level != Level.OFF
              && level.getSeverity() >= least.getSeverity()
              && Target.takes(name, level));
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (isLoggable(level)) {
        Target.log(name, level, text(bundle, message), thrown);
      }
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object... arguments) {
      if (isLoggable(level)) {
        String text = text(bundle, format);
        boolean isPlain = arguments == null || arguments.length == 0;
        Target.log(name, level, isPlain ? text : MessageFormat.format(text, arguments), null);
      }
    }

    private static String text(@Nullable ResourceBundle bundle, @Nullable String message) {
      return message != null && bundle != null && bundle.containsKey(message)
          ? bundle.getString(message)
          : String.valueOf(message);
    }
  }

  /// What it goes to; loaded with the first thing that is told.
  private static final class Target {
    static boolean takes(String name, System.Logger.Level level) {
      return LoggerFactory.getLogger(name).isEnabledForLevel(as(level));
    }

    static void log(
        String name, System.Logger.Level level, String text, @Nullable Throwable thrown) {
      LoggerFactory.getLogger(name).atLevel(as(level)).setCause(thrown).log(text);
    }

    private static org.slf4j.event.Level as(System.Logger.Level level) {
      return switch (level) {
        case ALL, TRACE -> org.slf4j.event.Level.TRACE;
        case DEBUG -> org.slf4j.event.Level.DEBUG;
        case INFO -> org.slf4j.event.Level.INFO;
        case WARNING -> org.slf4j.event.Level.WARN;
        case ERROR, OFF -> org.slf4j.event.Level.ERROR;
      };
    }
  }
}
