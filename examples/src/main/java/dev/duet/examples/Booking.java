package dev.duet.examples;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.protocol.Draft;
import dev.duet.server.Duet;
import dev.duet.server.DuetSettings;
import dev.duet.server.rpc.RpcAnswer;
import dev.duet.server.rpc.RpcException;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;

/// Methods that clients call: `seats` lists what is free, `book` takes a seat and shows it to
/// everybody on the channel `taken`.
///
/// ```
/// curl -d 7A http://localhost:8080/rpc/book
/// curl -X POST http://localhost:8080/rpc/seats
/// curl -N http://localhost:8080/channels/taken
/// ```
public final class Booking {
  private Booking() {}

  /// Listens on port 8080.
  public static void main(String[] args) {
    Duet duet = start(8080);
    System.out.println("curl -d 7A http://127.0.0.1:" + duet.port() + "/rpc/book");
  }

  static Duet start(int port) {
    var free = new ConcurrentSkipListSet<>(List.of("7A", "7B", "7C"));
    var taken =
        new Namespace(
            "taken", Retention.DEFAULT.withMode(Retention.Mode.LATEST), Durability.MEMORY);
    Duet duet =
        Duet.start(
            DuetSettings.DEFAULT.withPort(port).withNamespaces(new Namespaces(List.of(taken))));
    return duet.rpc("seats", request -> RpcAnswer.text(String.join(" ", free)))
        .rpc(
            "book",
            request -> {
              String seat = request.text();
              if (!free.remove(seat)) {
                throw new RpcException(409, "not-free", "there is no free seat '" + seat + "'");
              }
              duet.publish("taken", Draft.text("taken").withKey(seat)).toCompletableFuture().get();
              return RpcAnswer.json("{\"booked\":true}");
            });
  }
}
