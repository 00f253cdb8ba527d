package dev.duet.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.PayloadType;
import dev.duet.server.rpc.RpcFigures.Ending;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Calls on a clock and on threads of the test's own.
@Timeout(120)
class CallsTest {
  private static final RpcLimits LIMITS = new RpcLimits(2, Duration.ofSeconds(30), 100, 1_000);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final Calls queued = new Calls(LIMITS, tasks::add, nanos::get);
  private final Calls calls = new Calls(LIMITS, task -> Thread.ofVirtual().start(task), nanos::get);

  private static RpcRequest request(String method) {
    return new RpcRequest(
        method,
        PayloadType.TEXT,
        "hi".getBytes(StandardCharsets.UTF_8),
        null,
        InetSocketAddress.createUnresolved("localhost", 1));
  }

  private static String text(Call call) {
    return new String(answer(call).bytes(), StandardCharsets.UTF_8);
  }

  private static RpcAnswer answer(Call call) {
    return call.answer().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static Throwable failure(Call call) {
    try {
      throw new AssertionError("answered " + answer(call));
    } catch (CompletionException e) {
      return e.getCause();
    }
  }

  private static ErrorCode code(Call call) {
    return ((DuetException) failure(call)).code();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    calls.tick();
    queued.tick();
  }

  // ---- answers

  @Test
  void aMethodIsCalledWithItsRequest() {
    calls.register("greet", request -> RpcAnswer.text(request.method() + " " + request.text()));
    assertThat(text(calls.begin(request("greet")))).isEqualTo("greet hi");
    assertThat(calls.underWay()).isZero();
  }

  @Test
  void jsonIsCheckedAndBecomesOneLine() {
    byte[] own = "{\"a\":\r\n1}".getBytes(StandardCharsets.UTF_8);
    assertThat(RpcAnswer.json(own).bytes()).asString().isEqualTo("{\"a\":  1}");
    assertThat(own).asString().as("what was given stays").contains("\r\n");
    assertThatThrownBy(() -> RpcAnswer.json("{")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RpcAnswer(PayloadType.TEXT, new byte[] {-1}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPayloadIsWhatItsTypeSays() throws Exception {
    var bytes = new RpcRequest("m", PayloadType.BYTES, new byte[1], null, request("m").remote());
    assertThatThrownBy(bytes::text).isInstanceOf(RpcException.class).hasMessage("'m' takes text");
    assertThatThrownBy(request("m")::json).hasMessage("'m' takes JSON");
    assertThat(request("m").text()).isEqualTo("hi");
  }

  @Test
  void aRefusalIsToldInItsWords() {
    calls.register(
        "buy",
        request -> {
          throw new RpcException(409, "sold-out", "no seat is left");
        });
    Throwable refused = failure(calls.begin(request("buy")));
    assertThat(refused).isInstanceOf(RpcException.class).hasMessage("no seat is left");
    assertThat(((RpcException) refused).code()).isEqualTo("sold-out");
    assertThatThrownBy(() -> new RpcException(500, "c", "m"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RpcException("No!", "m"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// It may repeat what the client sent.
  @Test
  void theWordsOfARefusalAreBoundedAndLegal() {
    int most = RpcException.MAX_MESSAGE_LENGTH;
    assertThat(new RpcException("c", "x".repeat(most)).detail()).isEqualTo("x".repeat(most));
    assertThat(new RpcException("c", "x".repeat(most + 1)).detail())
        .isEqualTo("x".repeat(most - 1) + "…");
    assertThat(new RpcException("c", "x".repeat(most - 2) + "\uD83D\uDE00xx").detail())
        .isEqualTo("x".repeat(most - 2) + "…");
    assertThat(new RpcException("c", "a\uD83Db").detail()).isEqualTo("a?b");
  }

  @Test
  void whatElseItThrowsIsNotTold() {
    calls.register(
        "fails",
        request -> {
          throw new IllegalStateException("secret");
        });
    calls.register(
        "errs",
        request -> {
          throw new AssertionError("secret");
        });
    calls.register(
        "nested",
        request -> {
          throw new DuetException(ErrorCode.BAD_CHANNEL, "secret");
        });
    calls.register("null", request -> null);
    calls.register("large", request -> RpcAnswer.bytes(new byte[LIMITS.maxAnswerBytes() + 1]));
    calls.register("most", request -> RpcAnswer.bytes(new byte[LIMITS.maxAnswerBytes()]));
    for (String method : new String[] {"fails", "errs", "nested", "null", "large"}) {
      Throwable told = failure(calls.begin(request(method)));
      assertThat(((DuetException) told).code()).as(method).isEqualTo(ErrorCode.INTERNAL);
      assertThat(told).hasMessageNotContaining("secret");
    }
    assertThat(answer(calls.begin(request("most"))).bytes()).hasSize(LIMITS.maxAnswerBytes());
  }

  // ---- bounds

  @Test
  void whatTakesTooLongIsInterruptedAndToldSo() {
    var interrupted = new CountDownLatch(1);
    var runs = new CountDownLatch(1);
    calls.register(
        "slow",
        request -> {
          runs.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
          return RpcAnswer.DONE;
        });
    Call call = calls.begin(request("slow"));
    await(runs);
    pass(LIMITS.timeout().minusNanos(1));
    assertThat(call.answer().toCompletableFuture()).isNotDone();
    pass(Duration.ofNanos(1));
    assertThat(code(call)).isEqualTo(ErrorCode.TIMEOUT);
    await(interrupted);
  }

  @Test
  void whatIsTooLateCountsUntilItHasReturned() throws InterruptedException {
    var free = new CountDownLatch(1);
    var running = new CountDownLatch(2);
    calls.register(
        "deaf",
        request -> {
          running.countDown();
          while (free.getCount() > 0) {
            try {
              free.await();
            } catch (InterruptedException e) {
              // goes on
            }
          }
          return RpcAnswer.DONE;
        });
    Call one = calls.begin(request("deaf"));
    Call two = calls.begin(request("deaf"));
    assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
    pass(LIMITS.timeout());
    assertThat(code(one)).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(code(two)).isEqualTo(ErrorCode.TIMEOUT);
    assertThatThrownBy(() -> calls.begin(request("deaf")))
        .extracting(e -> ((DuetException) e).code())
        .isEqualTo(ErrorCode.BUSY);
    free.countDown();
    while (calls.underWay() > 0) {
      Thread.onSpinWait();
    }
    assertThat(answer(calls.begin(request("deaf")))).isEqualTo(RpcAnswer.DONE);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  // ---- who goes, and the end

  @Test
  void whatWasCancelledBeforeItRanIsNotRun() {
    var runs = new AtomicInteger();
    queued.register(
        "count",
        request -> {
          runs.incrementAndGet();
          return RpcAnswer.DONE;
        });
    Call call = queued.begin(request("count"));
    call.cancel();
    assertThat(code(call)).isEqualTo(ErrorCode.BAD_REQUEST);
    tasks.remove().run();
    assertThat(runs).hasValue(0);
    assertThat(queued.underWay()).isZero();
    Call other = queued.begin(request("count"));
    tasks.remove().run();
    assertThat(answer(other)).isEqualTo(RpcAnswer.DONE);
  }

  @Test
  void aThreadThatWasInterruptedForACallIsNotAfterIt() {
    var interrupted = new CompletableFuture<Boolean>();
    queued.register(
        "self",
        request -> {
          Thread.currentThread().interrupt();
          return RpcAnswer.DONE;
        });
    Call call = queued.begin(request("self"));
    call.answer().thenRun(() -> interrupted.complete(Thread.currentThread().isInterrupted()));
    tasks.remove().run();
    assertThat(interrupted).isCompletedWithValue(false);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aStopRefusesWhatComesAndEndsWhatIsLeft() {
    queued.register("end", request -> RpcAnswer.DONE);
    Call one = queued.begin(request("end"));
    Call two = queued.begin(request("end"));
    queued.stopping();
    assertThatThrownBy(() -> queued.begin(request("end")))
        .extracting(e -> ((DuetException) e).code())
        .isEqualTo(ErrorCode.STOPPING);
    tasks.remove().run();
    assertThat(answer(one)).isEqualTo(RpcAnswer.DONE);
    queued.close();
    assertThat(code(two)).isEqualTo(ErrorCode.STOPPING);
  }

  /// Its thread is started, and may be far, before the one that begins it goes on.
  @Test
  void aStopWhileACallBeginsLetsItEnd() {
    var stopped = new AtomicReference<Calls>();
    var stops =
        new Calls(
            LIMITS,
            task -> {
              tasks.add(task);
              stopped.get().stopping();
            },
            nanos::get);
    stopped.set(stops);
    stops.register("end", request -> RpcAnswer.DONE);
    Call call = stops.begin(request("end"));
    assertThat(call.answer().toCompletableFuture()).isNotDone();
    tasks.remove().run();
    assertThat(answer(call)).isEqualTo(RpcAnswer.DONE);
  }

  @Test
  void eachCallIsCountedOnceByHowItEnded() {
    queued.register("ok", request -> RpcAnswer.DONE);
    queued.register(
        "no",
        request -> {
          throw new RpcException("no", "no");
        });
    queued.register(
        "bad",
        request -> {
          throw new IllegalStateException("planted");
        });
    for (String method : new String[] {"ok", "no", "bad"}) {
      queued.begin(request(method));
      nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(3));
      tasks.remove().run();
    }
    queued.begin(request("ok")).cancel();
    tasks.remove().run();
    queued.begin(request("ok"));
    queued.begin(request("ok"));
    assertThatThrownBy(() -> queued.begin(request("ok"))).isInstanceOf(DuetException.class);
    assertThat(queued.figures().underWay()).isEqualTo(2);
    pass(LIMITS.timeout());
    tasks.remove().run();
    tasks.remove().run();
    queued.begin(request("ok"));
    queued.close();
    tasks.remove().run();

    RpcFigures figures = queued.figures();
    assertThat(figures.ended())
        .isEqualTo(
            Map.of(
                Ending.ANSWERED, 1L,
                Ending.REFUSED, 1L,
                Ending.FAILED, 1L,
                Ending.GIVEN_UP, 1L,
                Ending.TIMEOUT, 2L,
                Ending.STOPPED, 1L,
                Ending.BUSY, 1L));
    assertThat(figures.underWay()).isZero();
    assertThat(figures.times().get(RpcFigures.BOUNDS.indexOf(5))).as("of 3 ms").isEqualTo(3);
    assertThat(figures.times().get(RpcFigures.BOUNDS.indexOf(30_000))).isEqualTo(2);
    assertThat(figures.times().stream().mapToLong(Long::longValue).sum()).isEqualTo(7);
  }

  // ---- names

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a b", "a/b", "a~b", "a,b", "ä"})
  void whatIsNoName(String name) {
    assertThatThrownBy(() -> calls.register(name, request -> RpcAnswer.DONE))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Calls.checkName(name)).isInstanceOf(DuetException.class);
  }

  @Test
  void aNameIsTakenOnce() {
    String longest = "a".repeat(255);
    calls.register(longest, request -> RpcAnswer.DONE);
    assertThatThrownBy(() -> calls.register(longest, request -> RpcAnswer.DONE))
        .hasMessageContaining("already");
    assertThatThrownBy(() -> calls.register(longest + "a", request -> RpcAnswer.DONE))
        .hasMessageContaining("255");
    assertThatThrownBy(() -> calls.begin(request("other")))
        .extracting(e -> ((DuetException) e).code())
        .isEqualTo(ErrorCode.NOT_FOUND);
  }
}
