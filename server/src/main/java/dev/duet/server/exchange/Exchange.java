package dev.duet.server.exchange;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// One request and its answer. Confined to [#loop()]: all methods are called on it and all stages
/// complete on it. Exactly one of [#respond], [#stream] and [#accept] is called, once; what was not
/// read of the body by then is the transport's to drain or to cut.
public interface Exchange {
  /// The request without its body.
  RequestHead head();

  /// The event loop of its connection.
  Executor loop();

  /// The whole body. It counts in `quota` as it comes; of one that came whole, its length is the
  /// caller's to release.
  ///
  /// Completes exceptionally with a [DuetException]: `TOO_LARGE` beyond `maxBytes` (known from
  /// `Content-Length` before the first byte), `BUSY` where the quota has no room,
  /// `REQUEST_TIMEOUT`, `BAD_REQUEST` where its framing is broken. A client that goes away while
  /// sending never completes it.
  CompletionStage<byte[]> body(int maxBytes, BodyQuota quota);

  /// The whole body, in no quota.
  default CompletionStage<byte[]> body(int maxBytes) {
    return body(maxBytes, BodyQuota.NONE);
  }

  /// Answers whole. Sets `Content-Length`, `Date`; leaves the body out for `HEAD`.
  void respond(Response response);

  /// Begins an answer without a known end: status 200, the given header fields, and the head is on
  /// its way before this returns. The outlet takes the body's bytes as they are. Of an answer to
  /// `HEAD` that was all: its outlet is CLOSED.
  Outlet stream(List<Header> headers);

  /// Answers a WebSocket handshake and hands the socket over, or refuses it with the status that
  /// RFC 6455 section 4.2 asks for. The receiver is called on the loop.
  ///
  /// @param protocols sub-protocols that the server offers, in order of preference; the first that
  ///     the client also named is taken, none if there is none
  /// @param limits bounds on what the client may send
  void accept(List<String> protocols, SocketLimits limits, SocketReceiver receiver);

  /// Called once, on the loop, when the client has gone, or has shut down its side (sent FIN),
  /// before the request was answered. Of an answer that streams the outlet tells it instead.
  ///
  /// RFC 9112 section 9.6 lets a client shut down its side after its last request, and a client
  /// that is gone looks just the same until something is written to it. So a whole answer is still
  /// sent and reaches it within ten seconds: who waits for something answers now with what there
  /// is. A stream has no end to wait for, and is over: what was written is drained, then the
  /// connection is closed. (nginx and Go's net/http give up at once in both cases.)
  void onGone(Runnable action);

  /// One header field; legal by construction of the caller.
  record Header(String name, String value) {}
}
