package dev.duet.server.http;

import dev.duet.protocol.CloseCode;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Lease;
import dev.duet.server.access.Pass;
import dev.duet.server.access.Withdrawal;
import dev.duet.server.exchange.Socket;
import dev.duet.server.exchange.SocketReceiver;
import org.jspecify.annotations.Nullable;

/// A socket of the application's own, which is closed when what its client was allowed is over.
/// Confined to its loop.
final class HeldSocket implements SocketReceiver {
  private final Guard guard;
  private final Pass pass;
  private final SocketReceiver receiver;
  private @Nullable Lease lease;

  HeldSocket(Guard guard, Pass pass, SocketReceiver receiver) {
    this.guard = guard;
    this.pass = pass;
    this.receiver = receiver;
  }

  @Override
  public void opened(Socket socket, String protocol) {
    lease = guard.hold(socket.loop(), pass, why -> withdrawn(socket, why));
    receiver.opened(socket, protocol);
  }

  private static void withdrawn(Socket socket, Withdrawal why) {
    CloseCode code = why.reason().code().closeCode();
    socket.close(code.code(), why.reason().code().text());
  }

  @Override
  public void text(byte[] message) {
    receiver.text(message);
  }

  @Override
  public void binary(byte[] message) {
    receiver.binary(message);
  }

  @Override
  public void pong() {
    receiver.pong();
  }

  @Override
  public void closed(int code, String reason) {
    if (lease != null) {
      lease.close();
    }
    receiver.closed(code, reason);
  }
}
