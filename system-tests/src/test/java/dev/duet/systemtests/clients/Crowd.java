package dev.duet.systemtests.clients;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import okhttp3.OkHttpClient;
import org.awaitility.core.ConditionTimeoutException;

/// All the clients on the same channels, each through a proxy of its own.
final class Crowd implements AutoCloseable {
  /// A page of JSON has 1 MiB.
  private static final int MOST_BYTES = 4 << 20;

  private final Map<String, Journal> journals = new LinkedHashMap<>();
  private final Map<String, CuttingProxy> proxies = new LinkedHashMap<>();
  private final List<ReopenedClient> reopened = new ArrayList<>();
  private final Map<String, List<Session>> open = new LinkedHashMap<>();
  private final Map<String, Journal.Form> forms = new LinkedHashMap<>();
  private final NodeClients node;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .build();
  private final OkHttpClient okHttp = new OkHttpClient.Builder().readTimeout(Duration.ZERO).build();

  /// @param since where they begin, except one that begins without saying where
  /// @param withPayloads whether one is there that cannot resume, and is not cut
  Crowd(int port, String channels, String since, long seed, boolean withPayloads)
      throws IOException {
    var plans = new ArrayList<NodeClients.Plan>();
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put("chromium-events-now", "events-now");
    kinds.put("chromium-events-envelope", "events-envelope");
    kinds.put("chromium-socket", "socket");
    kinds.put("chromium-session", "session");
    kinds.put("npm-eventsource", "events");
    kinds.put("npm-ws", "socket");
    kinds.put("npm-ws-session", "session");
    kinds.forEach(
        (name, kind) -> {
          boolean plain = kind.equals("events") || kind.equals("events-now");
          add(name, plain ? Journal.Form.EVENT : Journal.Form.ENVELOPE, port, seed);
          plans.add(new NodeClients.Plan(name, kind, base(proxies.get(name).port())));
        });
    reopened("curl-lines", Journal.Form.ENVELOPE, Sessions::curlLines);
    reopened("curl-events", Journal.Form.EVENT, Sessions::curlEvents);
    reopened("jdk-socket", Journal.Form.ENVELOPE, Sessions.jdkSocket(http));
    reopened("jdk-poll", Journal.Form.ENVELOPE, Sessions.jdkPoll(http));
    reopened("okhttp-events", Journal.Form.EVENT, Sessions.okHttpEvents(okHttp));
    reopened(
        "wanderer",
        Journal.Form.ENVELOPE,
        Sessions.jdkSocket(http),
        Sessions::curlLines,
        Sessions.okHttpEvents(okHttp),
        Sessions.jdkPoll(http));
    open.forEach(
        (name, sessions) -> {
          CuttingProxy proxy = add(name, forms.get(name), port, seed);
          start(name, sessions, base(proxy.port()) + "/channels/" + channels, since);
        });
    if (withPayloads) {
      var payloads = new Journal("jdk-payloads", Journal.Form.PAYLOAD, System::nanoTime);
      journals.put(payloads.name(), payloads);
      start(
          payloads.name(),
          List.of(Sessions.jdkSocket(http)),
          base(port) + "/channels/" + channels,
          since);
    }
    node = new NodeClients(plans, Map.copyOf(journals), channels, since);
  }

  private void reopened(String name, Journal.Form form, Session... sessions) {
    open.put(name, List.of(sessions));
    forms.put(name, form);
  }

  static String base(int port) {
    return "http://127.0.0.1:" + port;
  }

  private CuttingProxy add(String name, Journal.Form form, int port, long seed) {
    var proxy = new CuttingProxy(port, seed + 7L * proxies.size(), MOST_BYTES);
    journals.put(name, new Journal(name, form, System::nanoTime));
    proxies.put(name, proxy);
    return proxy;
  }

  private void start(String name, List<Session> sessions, String url, String since) {
    reopened.add(new ReopenedClient(journals.get(name), sessions, url, since));
  }

  HttpClient http() {
    return http;
  }

  Map<String, Journal> journals() {
    return journals;
  }

  Map<String, CuttingProxy> proxies() {
    return proxies;
  }

  void cutting(boolean value) {
    proxies.values().forEach(proxy -> proxy.cutting(value));
  }

  void cutAll() {
    proxies.values().forEach(CuttingProxy::cutAll);
  }

  /// Waits until it is true of each client.
  void awaitEach(String what, Duration within, Predicate<Journal> condition) {
    try {
      await(what)
          .atMost(within)
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                node.check();
                reopened.forEach(ReopenedClient::check);
                return journals.values().stream().allMatch(condition);
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(what + ", not yet: " + late(condition), e);
    }
  }

  private String late(Predicate<Journal> condition) {
    return journals.values().stream()
        .filter(condition.negate())
        .map(Crowd::state)
        .toList()
        .toString();
  }

  private static String state(Journal journal) {
    List<Seen> seen = journal.seen();
    return journal.name()
        + " at "
        + journal.cursor()
        + " with "
        + journal.messages()
        + " messages, lately "
        + seen.subList(Math.max(0, seen.size() - 4), seen.size());
  }

  @Override
  public void close() throws Exception {
    for (ReopenedClient client : reopened) {
      client.close();
    }
    node.close();
    proxies.values().forEach(CuttingProxy::close);
    okHttp.dispatcher().cancelAll();
    okHttp.dispatcher().executorService().shutdownNow();
    okHttp.connectionPool().evictAll();
    http.shutdownNow();
  }
}
