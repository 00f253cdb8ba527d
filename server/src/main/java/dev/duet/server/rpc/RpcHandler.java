package dev.duet.server.rpc;

/// A method of the embedding application, which clients call by its name.
///
/// ```java
/// duet.rpc("greet", request -> RpcAnswer.text("Hello, " + request.text()));
/// ```
@FunctionalInterface
public interface RpcHandler {
  /// Answers one call. Runs on a virtual thread of its own, and may block; several calls run at the
  /// same time, those of one client as well. The thread is interrupted when the call's time is
  /// over, when its client has gone, and when the server stops; whatever is returned after that is
  /// let go. Until the method has returned, the call counts in [RpcLimits#maxCalls()].
  ///
  /// @return the answer; null is a failure
  /// @throws RpcException to refuse: the client is told its words. Anything else that is thrown is
  ///     logged; the client is told [dev.duet.protocol.ErrorCode#INTERNAL], and nothing of it
  RpcAnswer call(RpcRequest request) throws Exception;
}
