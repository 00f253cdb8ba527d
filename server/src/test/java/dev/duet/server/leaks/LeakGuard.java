package dev.duet.server.leaks;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Fails a class of tests after which one of Netty's buffers was collected without having been
/// released, and the run as a whole if that is seen only at its end.
///
/// Something that a thread still held when its class ended is found after a later class, so the
/// record of the leak says where it comes from, not the class that failed.
public final class LeakGuard implements BeforeAllCallback, AfterAllCallback {
  private static final int COLLECTION_MILLIS = 10_000;

  static {
    RecordingLeakDetector.install();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(LeakGuard.class))
        .computeIfAbsent(
            "end of the run", key -> (AutoCloseable) () -> failOnLeaks("the end of the run"));
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    Class<?> tests = context.getRequiredTestClass();
    if (tests.getEnclosingClass() == null) {
      failOnLeaks(tests.getSimpleName());
    }
  }

  private static void failOnLeaks(String seenAfter) throws InterruptedException {
    // All that the first found is queued when the second has ended.
    collect();
    collect();
    List<String> leaks = RecordingLeakDetector.takeLeaks();
    if (!leaks.isEmpty()) {
      throw new AssertionError(
          "%d leak(s), seen after %s:%n%s"
              .formatted(leaks.size(), seenAfter, String.join("\n", leaks)));
    }
  }

  /// Returns when a collection has found, and queued, what was unreachable.
  private static void collect() throws InterruptedException {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> unreachable = new WeakReference<>(new Object(), queue);
    System.gc();
    if (queue.remove(COLLECTION_MILLIS) == null) {
      throw new IllegalStateException("The collector did not run, so leaks cannot be seen.");
    }
    Reference.reachabilityFence(unreachable);
  }
}
