package dev.duet.server.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Broker;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.protocol.Draft;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A batch whose log fails otherwise than by a receipt.
class BatchTest {
  /// A broker whose log breaks at its `number`th append, at once or later.
  private static Broker broken(Broker broker, int number, CompletableFuture<Object> failure) {
    var appends = new AtomicInteger();
    Log log = broker.logs().getFirst();
    Log breaking =
        proxy(
            Log.class,
            log,
            (name, answer) ->
                name.equals("append") && appends.incrementAndGet() == number ? failure : answer);
    return proxy(
        Broker.class, broker, (name, answer) -> name.equals("logs") ? List.of(breaking) : answer);
  }

  private interface Instead {
    Object of(String method, Object answer);
  }

  private static <T> T proxy(Class<T> type, T target, Instead instead) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                return instead.of(method.getName(), method.invoke(target, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @ParameterizedTest
  @CsvSource({"true,false", "true,true", "false,false", "false,true"})
  void aLogThatFailsEndsTheBatch(boolean atOnce, boolean keyed) {
    var failure = new CompletableFuture<>();
    var workers = Executors.newScheduledThreadPool(1);
    try (Broker memory = new MemoryBroker(MemorySettings.of(Namespaces.DEFAULT))) {
      var publisher =
          new Publisher(broken(memory, 2, failure), PublishLimits.DEFAULT, workers, () -> 0);
      Draft draft = Draft.text("x");
      List<Draft> drafts =
          keyed
              ? List.of(draft, draft.withIdempotencyKey("k"), draft)
              : List.of(draft, draft, draft);
      if (atOnce) {
        failure.completeExceptionally(new IllegalStateException("broken"));
      }
      var done = publisher.publishAll("hello", drafts).toCompletableFuture();
      failure.completeExceptionally(new IllegalStateException("broken"));

      assertThat(done)
          .failsWithin(java.time.Duration.ofSeconds(30))
          .withThrowableThat()
          .withMessageContaining("broken");
    } finally {
      workers.shutdownNow();
    }
  }
}
