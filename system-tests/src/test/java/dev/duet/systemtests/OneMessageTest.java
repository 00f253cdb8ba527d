package dev.duet.systemtests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Follows one publication from POST to socket by the call stacks at three points of its way, and
/// compares the files on them with those that `docs/architecture.md` names.
class OneMessageTest {
  private static final int MOST_FILES = 8;
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /// Its request is understood; it is announced; it is written to a subscriber's socket.
  private static final List<String> POINTS =
      List.of(
          "dev.duet.server.http.Publishing::post",
          "dev.duet.server.hub.Hub$Announced::advanced",
          "dev.duet.server.transport.PlainOutlet::put");

  private final String page;

  OneMessageTest() throws IOException {
    page = Files.readString(ROOT.resolve("docs/architecture.md"));
  }

  /// The numbered files, in reading order.
  private List<Path> keyFiles() {
    return Pattern.compile("(?m)^\\d+\\. `([^`]+\\.java)`$")
        .matcher(page)
        .results()
        .map(match -> ROOT.resolve(match.group(1)))
        .toList();
  }

  /// The files that the page says stand on the same stacks.
  private List<String> others() {
    int from = page.indexOf("On the same stacks stand");
    int to = page.indexOf("Files that are asked", from);
    assertThat(from).as("the place where the page names the other files").isPositive();
    return Pattern.compile("`([A-Za-z0-9]+)`")
        .matcher(page.substring(from, to))
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".java", "");
  }

  @Test
  void theFilesOnItsWayAreThoseOfThePage(@TempDir Path directory) throws Exception {
    List<String> key = keyFiles().stream().map(OneMessageTest::name).toList();
    assertThat(key).hasSizeBetween(1, MOST_FILES);
    assertThat(keyFiles()).allSatisfy(file -> assertThat(file).exists());

    List<List<String>> stacks = stacks(directory);
    var all = new LinkedHashSet<String>();
    stacks.forEach(all::addAll);
    Set<String> named = new LinkedHashSet<>(key);
    named.addAll(others());
    assertThat(all).as("files on the stacks, and files that the page names").isEqualTo(named);

    // The stacks one after another, each from its outermost call, meet the key files in their
    // order.
    assertThat(all.stream().filter(key::contains)).containsExactlyElementsOf(key);
  }

  /// The files of ours on the stack at each point, outermost first.
  private static List<List<String>> stacks(Path directory) throws Exception {
    Path file = directory.resolve("trace.jfr");
    try (Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(0));
        var reading = new Socket(InetAddress.getLoopbackAddress(), duet.port());
        var publishing = new Socket(InetAddress.getLoopbackAddress(), duet.port());
        var recording = new Recording()) {
      send(
          reading,
          "GET /channels/way HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
      var events = new BufferedReader(new InputStreamReader(reading.getInputStream(), US_ASCII));
      await(events, "event: duet.live");
      await(events, "");
      recording
          .enable("jdk.MethodTrace")
          .with("filter", String.join(";", POINTS))
          .withThreshold(Duration.ZERO)
          .withStackTrace();
      recording.start();
      send(
          publishing,
          "POST /channels/way HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
              + "Content-Length: 2\r\n\r\nhi");
      await(events, "data: hi");
      // A call is recorded when it ends: the same loop answers this after those before it have
      // ended.
      var answers =
          new BufferedReader(new InputStreamReader(publishing.getInputStream(), US_ASCII));
      await(answers, "");
      send(publishing, "HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await(answers, "");
      recording.stop();
      recording.dump(file);
    }
    var stacks = new ArrayList<List<String>>();
    List<RecordedEvent> recorded = RecordingFile.readAllEvents(file);
    for (String point : POINTS) {
      List<RecordedEvent> there =
          recorded.stream()
              .filter(event -> event.getEventType().getName().equals("jdk.MethodTrace"))
              .filter(event -> name((RecordedMethod) event.getValue("method")).equals(point))
              .toList();
      assertThat(there).as(point).hasSize(1);
      stacks.add(files(there.getFirst()));
    }
    return stacks;
  }

  private static String name(RecordedMethod method) {
    return method.getType().getName() + "::" + method.getName();
  }

  private static List<String> files(RecordedEvent event) {
    assertThat(event.getStackTrace().isTruncated()).isFalse();
    RecordedMethod traced = event.getValue("method");
    return Stream.concat(
            event.getStackTrace().getFrames().reversed().stream().map(RecordedFrame::getMethod),
            Stream.of(traced))
        .map(method -> method.getType().getName())
        .filter(type -> type.startsWith("dev.duet."))
        .map(type -> type.replaceAll(".*\\.(?=[A-Z])", "").replaceAll("[$/].*", ""))
        .distinct()
        .toList();
  }

  private static void send(Socket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(US_ASCII));
  }

  private static void await(BufferedReader lines, String line) throws IOException {
    String next;
    do {
      next = lines.readLine();
    } while (next != null && !next.equals(line));
    assertThat(next).isEqualTo(line);
  }
}
