import static java.nio.charset.StandardCharsets.UTF_8;

import dev.duet.protocol.*;
import dev.duet.server.*;

// Subscribes in the process: every order that somebody publishes is confirmed.

void main(String[] args) throws Exception {
  Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(Integer.parseInt(args[0])));
  duet.subscribe(
      "orders",
      (order, cursor) -> {
        Thread.sleep(100); // it may block: ask a database, another service
        String text = new String(order.data(), UTF_8);
        duet.publish("confirmed", Draft.text(text + " is on its way"));
        IO.println("confirmed " + text + ", at " + cursor);
      });
  IO.println("Orders: http://localhost:" + duet.port() + "/channels/orders");
}
