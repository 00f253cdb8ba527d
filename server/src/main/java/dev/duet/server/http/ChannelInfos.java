package dev.duet.server.http;

import dev.duet.broker.Broker;
import dev.duet.broker.Durability;
import dev.duet.broker.Log.ChannelInfo;
import dev.duet.broker.Namespace;
import dev.duet.broker.Retention;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.access.Action;
import dev.duet.server.hub.Hub;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// `GET` of a channel with `?info`: what it keeps and holds, and how many follow it.
final class ChannelInfos {
  private final Broker broker;
  private final Hub hub;

  /// Everything about one channel.
  ///
  /// @param subscribers streams, sockets and polls that follow it on this node
  record Info(
      ChannelInfo held, Retention.Mode retention, Durability durability, long subscribers) {}

  ChannelInfos(Broker broker, Hub hub) {
    this.broker = broker;
    this.hub = hub;
  }

  void answer(Doorway doorway, Visit visit, List<String> channels) {
    if (!"".equals(visit.query().only(List.of("info")).get("info"))) {
      throw Query.bad("'info' stands alone");
    }
    doorway.enter(visit, Action.HISTORY, channels, pass -> ask(visit, channels));
  }

  private void ask(Visit visit, List<String> channels) {
    List<CompletableFuture<ChannelInfo>> held =
        channels.stream()
            .map(
                channel ->
                    broker.logs().get(broker.logOf(channel)).info(channel).toCompletableFuture())
            .toList();
    CompletableFuture<List<Long>> readers = hub.readers(channels).toCompletableFuture();
    CompletableFuture.allOf(held.toArray(CompletableFuture[]::new))
        .thenCombine(
            readers,
            (ignored, counts) -> {
              var infos = new ArrayList<Info>(channels.size());
              for (int i = 0; i < channels.size(); i++) {
                infos.add(info(held.get(i).join(), counts.get(i)));
              }
              return List.copyOf(infos);
            })
        .whenCompleteAsync((infos, failure) -> answer(visit, infos, failure), visit.loop());
  }

  private static void answer(Visit visit, @Nullable List<Info> infos, @Nullable Throwable failure) {
    if (infos == null) {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      visit.fail(
          cause instanceof DuetException
              ? cause
              : new DuetException(ErrorCode.UNAVAILABLE, "the log could not be read, try again"));
    } else {
      visit.respond(Replies.ofInfos(infos));
    }
  }

  /// The server's own channels have a retention of their own.
  private Info info(ChannelInfo held, long subscribers) {
    Namespace namespace = broker.namespaces().of(held.channel());
    Retention.Mode mode = namespace == null ? Retention.OWN.mode() : namespace.retention().mode();
    return new Info(held, mode, broker.durabilityOf(held.channel()), subscribers);
  }
}
