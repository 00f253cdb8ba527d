package dev.duet.systemtests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Who may know what. Each rule is seen to hold for the code, and to fail for a class that was made
/// to break it.
class ArchitectureTest {
  private static final JavaClasses CODE = imported(location -> !isTest(location));
  private static final JavaClasses PLANTED =
      imported(location -> !isTest(location) || location.contains("/planted/"));

  private static final Set<String> CLOCKS_AND_CHANCE =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.lang.System.nanoTime",
          "java.lang.Thread.sleep",
          "java.lang.Math.random",
          "java.time.Instant.now",
          "java.time.Clock.systemUTC",
          "java.time.Clock.systemDefaultZone",
          "java.time.InstantSource.system",
          "java.util.Random.<init>",
          "java.util.SplittableRandom.<init>",
          "java.util.UUID.randomUUID",
          "java.util.concurrent.ThreadLocalRandom.current",
          "java.security.SecureRandom.<init>");

  /// Where clocks and chance come from: defaults of settings, the command, the examples.
  private static final String[] WIRING = {
    "dev.duet.broker.memory.MemorySettings",
    "dev.duet.broker.disk.DiskSettings",
    "dev.duet.broker.disk.store.StoreSettings",
    "dev.duet.server.transport.TransportOptions"
  };

  /// The server's transport, and the clients of `duet bench`.
  private static final String[] NETTY_PLACES = {
    "dev.duet.server.transport..", "dev.duet.app.bench.."
  };

  /// What java.nio.channels has for files alone.
  private static final Class<?>[] FILES = {
    ClosedChannelException.class,
    FileChannel.class,
    FileLock.class,
    OverlappingFileLockException.class
  };

  private static final String[] NETTY_BUFFERS = {"io.netty.buffer..", "io.netty.util.."};

  enum Rule {
    ARROWS_POINT_DOWN(
        layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("dev.duet..")
            .layer("protocol")
            .definedBy("dev.duet.protocol..")
            .layer("broker")
            .definedBy("dev.duet.broker..")
            .layer("exchange")
            .definedBy("dev.duet.server.exchange..")
            .optionalLayer("access")
            .definedBy("dev.duet.server.access..")
            .layer("publish")
            .definedBy("dev.duet.server.publish..")
            .layer("rpc")
            .definedBy("dev.duet.server.rpc..")
            .layer("hub")
            .definedBy("dev.duet.server.hub..")
            .layer("presence")
            .definedBy("dev.duet.server.presence..")
            .layer("session")
            .definedBy("dev.duet.server.session..")
            .optionalLayer("subscribe")
            .definedBy("dev.duet.server.subscribe..")
            .layer("http")
            .definedBy("dev.duet.server.http..")
            .layer("transport")
            .definedBy("dev.duet.server.transport..")
            .layer("metrics")
            .definedBy("dev.duet.server.metrics..")
            .layer("server")
            .definedBy("dev.duet.server", "dev.duet.server.planted")
            .layer("outside")
            .definedBy("dev.duet.app..", "dev.duet.examples..")
            .whereLayer("outside")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("server")
            .mayOnlyBeAccessedByLayers("outside")
            .whereLayer("metrics")
            .mayOnlyBeAccessedByLayers("server", "outside")
            .whereLayer("transport")
            .mayOnlyBeAccessedByLayers("metrics", "server", "outside")
            .whereLayer("http")
            .mayOnlyBeAccessedByLayers("metrics", "server", "outside")
            .whereLayer("subscribe")
            .mayOnlyBeAccessedByLayers("server", "outside")
            .whereLayer("session")
            .mayOnlyBeAccessedByLayers("http", "metrics", "server", "outside")
            .whereLayer("hub")
            .mayOnlyBeAccessedByLayers(
                "session", "subscribe", "http", "metrics", "server", "outside")
            .whereLayer("publish")
            .mayOnlyBeAccessedByLayers("rpc", "session", "http", "metrics", "server", "outside")
            .whereLayer("presence")
            .mayOnlyBeAccessedByLayers("session", "http", "metrics", "server", "outside")
            .whereLayer("rpc")
            .mayOnlyBeAccessedByLayers("session", "http", "metrics", "server", "outside")
            .whereLayer("broker")
            .mayOnlyBeAccessedByLayers(
                "access",
                "publish",
                "hub",
                "presence",
                "session",
                "subscribe",
                "http",
                "metrics",
                "server",
                "outside")
            .whereLayer("exchange")
            .mayOnlyBeAccessedByLayers(
                "access",
                "publish",
                "rpc",
                "hub",
                "session",
                "http",
                "transport",
                "metrics",
                "server",
                "outside")
            .ensureAllClassesAreContainedInArchitecture()),

    NO_CYCLES(
        slices().matching("dev.duet.(**)").should().beFreeOfCycles().as("packages form no cycles")),

    PROTOCOL_NEEDS_THE_JDK_AND_A_JSON_PARSER(
        classes()
            .that()
            .resideInAPackage("dev.duet.protocol..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                "dev.duet.protocol..", "java..", "tools.jackson.core..", "org.jspecify..")),

    A_BROKER_SEES_NO_SERVER_AND_NO_SOCKET(
        noClasses()
            .that()
            .resideInAPackage("dev.duet.broker..")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                        "dev.duet.server..", "io.netty..", "java.net..", "java.nio.channels..")
                    .and(not(belongToAnyOf(FILES))))),

    BROKERS_DO_NOT_KNOW_EACH_OTHER(
        slices()
            .matching("dev.duet.broker.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(
                resideInAPackage("dev.duet.broker.."), resideInAPackage("dev.duet.broker.commit.."))
            .as("brokers do not know each other")),

    A_TRANSPORT_SEES_NO_BROKER(
        noClasses()
            .that()
            .resideInAPackage("dev.duet.server.transport..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("dev.duet.broker.."))),

    NETTY_CHANNELS_ONLY_IN_TRANSPORT(
        noClasses()
            .that()
            .resideOutsideOfPackages(NETTY_PLACES)
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.netty.channel..", "io.netty.bootstrap.."))),

    NETTY_HTTP_ONLY_IN_TRANSPORT(
        noClasses()
            .that()
            .resideOutsideOfPackages(NETTY_PLACES)
            .should()
            .dependOnClassesThat(resideInAPackage("io.netty.handler.."))),

    THE_HUB_AND_THE_RESOURCES_SEE_BUFFERS_ALONE(
        noClasses()
            .that()
            .resideInAnyPackage(
                "dev.duet.server.hub..",
                "dev.duet.server.exchange..",
                "dev.duet.server.http..",
                "dev.duet.server.session..",
                "dev.duet.server.publish..",
                "dev.duet.server.rpc..")
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.netty..").and(not(resideInAnyPackage(NETTY_BUFFERS))))),

    THE_COMMANDS_CLIENT_KNOWS_ONLY_THE_PROTOCOL(
        noClasses()
            .that()
            .resideInAPackage("dev.duet.app.client..")
            .should()
            .dependOnClassesThat(
                resideInAnyPackage(
                    "dev.duet.server..",
                    "dev.duet.broker..",
                    "dev.duet.app.config..",
                    "io.netty.."))),

    NO_CLASS_IS_NAMED_CHANNEL(
        noClasses().should().haveSimpleName("Channel").because("that is Netty's")),

    NO_CLASS_IS_NAMED_FOR_NOTHING(
        noClasses().should().haveNameMatching(".*(Manager|Helper|Helpers|Util|Utils|Impl)")),

    CLOCKS_AND_CHANCE_ARE_HANDED_IN(
        classes()
            .that(not(resideInAnyPackage("dev.duet.app..", "dev.duet.examples..")))
            .and()
            .doNotHaveFullyQualifiedName(WIRING[0])
            .and()
            .doNotHaveFullyQualifiedName(WIRING[1])
            .and()
            .doNotHaveFullyQualifiedName(WIRING[2])
            .and()
            .doNotHaveFullyQualifiedName(WIRING[3])
            .should(takeClocksAndChanceFromOthers()));

    private final ArchRule rule;

    Rule(ArchRule rule) {
      this.rule = rule;
    }
  }

  private static JavaClasses imported(ImportOption which) {
    return new ClassFileImporter().withImportOption(which).importPackages("dev.duet");
  }

  private static boolean isTest(Location location) {
    return location.contains("test-classes") || location.contains("-tests.jar");
  }

  private static ArchCondition<JavaClass> takeClocksAndChanceFromOthers() {
    return new ArchCondition<>("take clocks and chance from others") {
      @Override
      public void check(JavaClass javaClass, ConditionEvents events) {
        Stream.concat(
                javaClass.getCodeUnitCallsFromSelf().stream(),
                javaClass.getCodeUnitReferencesFromSelf().stream())
            .filter(
                access ->
                    CLOCKS_AND_CHANCE.contains(
                        access.getTargetOwner().getName() + "." + access.getTarget().getName()))
            .forEach(
                access ->
                    events.add(SimpleConditionEvent.violated(access, access.getDescription())));
      }
    };
  }

  @ParameterizedTest
  @EnumSource
  void holds(Rule rule) {
    rule.rule.check(CODE);
  }

  /// The message names a class that was planted, so it is that which it fails for.
  @ParameterizedTest
  @EnumSource
  void fails(Rule rule) {
    assertThatThrownBy(() -> rule.rule.check(PLANTED))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(".planted");
  }

  @Test
  void allModulesAreLookedAt() {
    assertThat(CODE).hasSizeGreaterThan(100);
    assertThat(CODE.stream().map(JavaClass::getPackageName))
        .contains(
            "dev.duet.protocol",
            "dev.duet.broker.memory",
            "dev.duet.server.transport",
            "dev.duet.app")
        .noneMatch(name -> name.contains("systemtests") || name.contains("planted"));
  }
}
