package dev.duet.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.duet.app.config.LoggingConfig;
import org.slf4j.LoggerFactory;

/// What the server tells on stderr, a line each. Logback finds this class by its service file, so
/// that no XML is read at the start; a file of one's own is named with
/// `-Dlogback.configurationFile`.
@ConfiguratorRank(ConfiguratorRank.CUSTOM_NORMAL_PRIORITY)
public final class Logs extends ContextAwareBase implements Configurator {
  /// A line break in a message would be a second line that nobody wrote.
  private static final String LINE =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %replace(%msg){'\\s*[\\r"
          + "\\n"
          + "]+\\s*', ' | '}%n";

  @Override
  public ExecutionStatus configure(LoggerContext logs) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    set(logs, LoggingConfig.DEFAULT);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /// From here on logs are as the configuration says.
  static void set(LoggingConfig logging) {
    if (System.getProperty("logback.configurationFile") == null) {
      set((LoggerContext) LoggerFactory.getILoggerFactory(), logging);
    }
  }

  private static void set(LoggerContext logs, LoggingConfig logging) {
    logs.reset();
    Encoder<ILoggingEvent> encoder =
        logging.format() == LoggingConfig.Format.JSON ? json(logs) : text(logs);
    encoder.start();
    var stderr = new ConsoleAppender<ILoggingEvent>();
    stderr.setContext(logs);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    logs.getLogger("ROOT").setLevel(Level.WARN);
    logs.getLogger("ROOT").addAppender(stderr);
    logs.getLogger("dev.duet").setLevel(level(logging.level()));
    logs.getLogger("io.netty").setLevel(level(logging.nettyLevel()));
  }

  private static Level level(LoggingConfig.Level level) {
    return Level.valueOf(level.name());
  }

  private static Encoder<ILoggingEvent> text(LoggerContext logs) {
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(logs);
    encoder.setPattern(LINE);
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext logs) {
    var encoder = new JsonEncoder();
    encoder.setContext(logs);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMDC(false);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithFormattedMessage(true);
    return encoder;
  }
}
