package dev.duet.app;

import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// What the log on disk and the JDK tell through [System.Logger] goes where all else goes: one
/// format, one level, a line each. The JDK finds this class by its service file.
public final class SystemLogs extends System.LoggerFinder {
  @Override
  public System.Logger getLogger(String name, Module module) {
    return new Logger(LoggerFactory.getLogger(name));
  }

  private record Logger(org.slf4j.Logger target) implements System.Logger {
    @Override
    public String getName() {
      return target.getName();
    }

    @Override
    public boolean isLoggable(Level level) {
      return level == Level.ALL || (level != Level.OFF && target.isEnabledForLevel(as(level)));
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (isLoggable(level)) {
        target.atLevel(as(level)).setCause(thrown).log(text(bundle, message));
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
        target.atLevel(as(level)).log(isPlain ? text : MessageFormat.format(text, arguments));
      }
    }

    private static String text(@Nullable ResourceBundle bundle, @Nullable String message) {
      return message != null && bundle != null && bundle.containsKey(message)
          ? bundle.getString(message)
          : String.valueOf(message);
    }

    private static org.slf4j.event.Level as(Level level) {
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
