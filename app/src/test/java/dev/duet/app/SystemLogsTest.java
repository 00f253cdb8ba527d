package dev.duet.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SystemLogsTest {
  private static final String NAME = "dev.duet.broker.disk.SystemLogsTest";

  private final Logger target = (Logger) LoggerFactory.getLogger(NAME);
  private final ListAppender<ILoggingEvent> told = new ListAppender<>();
  private final System.Logger logger = System.getLogger(NAME);

  @BeforeEach
  void listen() {
    told.start();
    target.addAppender(told);
    target.setAdditive(false);
    target.setLevel(Level.INFO);
  }

  @AfterEach
  void leave() {
    target.detachAppender(told);
    target.setAdditive(true);
    target.setLevel(null);
  }

  @Test
  void whatTheLogOnDiskTellsGoesWhereAllElseGoes() {
    var failure = new IllegalStateException("why");
    logger.log(System.Logger.Level.WARNING, "os: it's full, {0}");
    logger.log(System.Logger.Level.ERROR, "failed", failure);
    logger.log(System.Logger.Level.INFO, "{0} of {1}", "a", "b");
    logger.log(System.Logger.Level.DEBUG, "not asked for");
    assertThat(told.list)
        .extracting(ILoggingEvent::getLevel, ILoggingEvent::getFormattedMessage)
        .containsExactly(
            tuple(Level.WARN, "os: it's full, {0}"),
            tuple(Level.ERROR, "failed"),
            tuple(Level.INFO, "a of b"));
    assertThat(told.list.get(1).getThrowableProxy().getMessage()).isEqualTo("why");
  }

  @Test
  void theLevelIsTheOneThatIsSet() {
    assertThat(logger.isLoggable(System.Logger.Level.INFO)).isTrue();
    assertThat(logger.isLoggable(System.Logger.Level.DEBUG)).isFalse();
    assertThat(logger.isLoggable(System.Logger.Level.OFF)).isFalse();
    assertThat(logger.getName()).isEqualTo(NAME);
  }

  @Test
  void ofTheJdkOnlyWarningsAreTold() {
    System.Logger other = System.getLogger("jdk.internal.httpclient.SystemLogsTest");
    assertThat(other.isLoggable(System.Logger.Level.INFO)).isFalse();
    assertThat(other.isLoggable(System.Logger.Level.WARNING)).isTrue();
  }
}
