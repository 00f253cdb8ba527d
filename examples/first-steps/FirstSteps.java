import dev.duet.broker.*;
import dev.duet.protocol.*;
import dev.duet.server.*;
import dev.duet.server.http.*;

// The two programs that one writes first: a WebSocket that echoes, and a clock that sends events.

void main(String[] ports) throws Exception {
  echo(ports.length > 0 ? Integer.parseInt(ports[0]) : 8081);
  clock(ports.length > 1 ? Integer.parseInt(ports[1]) : 8080);
}

// A WebSocket server on its own port. It answers each text, and counts what it sent.
void echo(int port) {
  var sent = new AtomicLong();
  var pages = List.of("http://localhost:8080", "http://127.0.0.1:8080", "null");
  var settings =
      DuetSettings.DEFAULT.withPort(port).withAllowed(new AllowedPlaces(List.of(), pages));

  Duet duet = Duet.start(settings);
  duet.socketHandler(
      "/",
      new Conversation(
          (client, text) -> {
            if (client.send("Echo: " + text)) {
              IO.println("sent " + sent.incrementAndGet());
            }
          }));
  IO.println("WebSocket: ws://localhost:" + duet.port());
}

// A channel at a path of our own, and the time published to it every second. The channel keeps the
// latest: who comes sees it at once.
void clock(int port) throws Exception {
  var latest = Retention.DEFAULT.withMode(Retention.Mode.LATEST);
  var settings =
      DuetSettings.DEFAULT
          .withPort(port)
          .withNamespaces(
              new Namespaces(List.of(new Namespace("clock", latest, Durability.MEMORY))))
          .withRoute(Route.channel("/events", "clock"))
          .withRoute(page("clock.html"))
          .withRoute(page("echo.html"));

  Duet duet = Duet.start(settings);
  IO.println("Events:    http://localhost:" + duet.port() + "/events");
  while (true) {
    duet.publish("clock", Draft.text(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
    Thread.sleep(1000);
  }
}

Route page(String file) throws Exception {
  return Route.page("/" + file, "text/html; charset=utf-8", Files.readAllBytes(Path.of(file)));
}
