package dev.duet.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Broker;
import dev.duet.broker.ForwardingBroker;
import dev.duet.broker.Log;
import dev.duet.broker.Namespaces;
import dev.duet.broker.StorageFigures;
import dev.duet.broker.StorageFigures.State;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The metrics of docs/operations.md and of the dashboard are those that a server tells.
class OperationsDocumentationTest {
  private static final Pattern FAMILY = Pattern.compile("(?m)^# TYPE (\\S+) ");
  private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z_]+)[{ ]");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `((?:duet|jvm|process)_[a-z_]+)` \\|");
  private static final Pattern NAMED = Pattern.compile("\\b(?:duet|jvm|process)_[a-z_]+\\b");

  @Test
  void theTableAndTheDashboardNameWhatAScrapeHas() throws Exception {
    String scrape = scrape();
    Set<String> families = found(FAMILY, 1, scrape);
    String page = Files.readString(root().resolve("docs/operations.md"));
    assertThat(found(ROW, 1, page)).isEqualTo(families);

    Set<String> samples = found(SAMPLE, 1, scrape);
    String dashboard = Files.readString(root().resolve("docs/deploy/grafana.json"));
    Set<String> shown = found(NAMED, 0, dashboard);
    assertThat(shown).hasSizeGreaterThan(25);
    assertThat(samples).containsAll(shown);
    Set<String> named = found(NAMED, 0, page);
    samples.addAll(families);
    assertThat(samples).containsAll(named);
  }

  @Test
  void theDashboardIsJson() throws IOException {
    String text = Files.readString(root().resolve("docs/deploy/grafana.json"));
    Json dashboard = Json.object(text);
    assertThat(dashboard.text("title")).isEqualTo("Duet");
    assertThat(Json.elements(dashboard.text("panels"))).hasSizeGreaterThan(20);
  }

  private static Set<String> found(Pattern pattern, int group, String text) {
    var found = new TreeSet<String>();
    pattern.matcher(text).results().forEach(one -> found.add(one.group(group)));
    return found;
  }

  /// Of a server that refused something, for a reason is there once it occurred.
  private static String scrape() throws IOException, InterruptedException {
    DuetSettings settings = DuetSettings.DEFAULT.withPort(0);
    try (Duet duet = Duet.start(settings, new FiledBroker(settings.namespaces()));
        HttpClient client = HttpClient.newHttpClient()) {
      String at = "http://127.0.0.1:" + duet.port();
      client.send(
          HttpRequest.newBuilder(URI.create(at + "/nowhere")).build(), BodyHandlers.discarding());
      var answer =
          client.send(
              HttpRequest.newBuilder(URI.create(at + "/metrics")).build(), BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      return answer.body();
    }
  }

  /// One whose log has files, of which it says nothing happened.
  private static final class FiledBroker implements ForwardingBroker {
    private final Broker broker;

    FiledBroker(Namespaces namespaces) {
      broker = new MemoryBroker(MemorySettings.of(namespaces));
    }

    @Override
    public List<Log> logs() {
      Log log = broker.logs().getFirst();
      List<Long> syncs = Collections.nCopies(StorageFigures.BOUNDS.size() + 1, 0L);
      var storage = new StorageFigures(State.WRITABLE, 1, 0, syncs, 0, 0, 0, 0, 0, 0, 0);
      return List.of(
          (Log)
              Proxy.newProxyInstance(
                  Log.class.getClassLoader(),
                  new Class<?>[] {Log.class},
                  (self, method, arguments) ->
                      method.getName().equals("storage")
                          ? storage
                          : method.invoke(log, arguments)));
    }

    @Override
    public Broker broker() {
      return broker;
    }
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("docs/adr"))) {
      at = at.getParent();
    }
    return at;
  }
}
