package dev.duet.server.leaks;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/// Netty's leak detector, which keeps what it finds for a test to see where Netty would log it.
final class RecordingLeakDetector<T> extends ResourceLeakDetector<T> {
  private static final List<RecordingLeakDetector<?>> DETECTORS = new CopyOnWriteArrayList<>();
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  /// Calls that stand below every test.
  private static final Pattern FRAME_OF_THE_RUNNER =
      Pattern.compile(
          "\t(org\\.junit|org\\.apache\\.maven|java\\.base/(java\\.lang|jdk\\.internal)\\.reflect)\\..*\\R?");

  private RecordingLeakDetector(Class<?> resourceType) {
    super(resourceType, 1);
    DETECTORS.add(this);
  }

  /// Takes effect for the classes of Netty that are initialized later: call it before all else.
  static void install() {
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(
        new ResourceLeakDetectorFactory() {
          @Override
          @SuppressWarnings("deprecation") // the one method that must be there
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval, long maxActive) {
            return new RecordingLeakDetector<>(resource);
          }

          @Override
          public <T> ResourceLeakDetector<T> newResourceLeakDetector(
              Class<T> resource, int samplingInterval) {
            return new RecordingLeakDetector<>(resource);
          }
        });
    ResourceLeakDetector.setLevel(Level.PARANOID);
  }

  /// The leaks that were found since the last call: what was not released, and where it was
  /// touched.
  static List<String> takeLeaks() {
    DETECTORS.forEach(RecordingLeakDetector::lookForLeaks);
    List<String> leaks = new ArrayList<>();
    for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
      leaks.add(leak);
    }
    return leaks;
  }

  /// A detector looks at what was collected only when it begins to track something.
  @SuppressWarnings("unchecked") // it is only a key
  private void lookForLeaks() {
    T probe = (T) new Object();
    ResourceLeakTracker<T> tracker = trackForcibly(probe);
    if (tracker != null) {
      tracker.close(probe);
    }
  }

  @Override
  protected boolean needReport() {
    return true;
  }

  @Override
  protected void reportTracedLeak(String resourceType, String records) {
    LEAKS.add(
        resourceType
            + " was not released before it was collected."
            + FRAME_OF_THE_RUNNER.matcher(records).replaceAll(""));
  }

  @Override
  protected void reportUntracedLeak(String resourceType) {
    LEAKS.add(resourceType + " was not released before it was collected.");
  }
}
