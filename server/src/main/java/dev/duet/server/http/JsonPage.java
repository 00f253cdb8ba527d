package dev.duet.server.http;

import dev.duet.protocol.Beginning;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.Start;
import dev.duet.server.access.Action;
import dev.duet.server.access.Guard;
import dev.duet.server.access.Lease;
import dev.duet.server.access.Pass;
import dev.duet.server.access.Withdrawal;
import dev.duet.server.exchange.Problem;
import dev.duet.server.exchange.Response;
import dev.duet.server.hub.HubLoop;
import dev.duet.server.hub.JsonBytes;
import dev.duet.server.hub.PageAnswer;
import dev.duet.server.hub.PageRequest;
import dev.duet.server.presence.Presence;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One page of JSON, or a long poll. Confined to its loop.
final class JsonPage {
  static final int DEFAULT_LIMIT = 100;
  static final int MAX_LIMIT = 1_000;

  /// A page that is larger than this has `more`; one publication always fits.
  static final int MAX_BYTES = 1 << 20;

  /// Longest wait: usual proxies cut an answer that does not begin within 60 seconds.
  static final Duration MAX_WAIT = Duration.ofSeconds(55);

  private final Visit visit;
  private final List<String> channels;
  private final Presence presence;
  private @Nullable Lease lease;
  private @Nullable Withdrawal withdrawal;

  JsonPage(Visit visit, List<String> channels, Presence presence) {
    this.visit = visit;
    this.channels = channels;
    this.presence = presence;
  }

  void answer(Doorway doorway, HubLoop loop) {
    Query given = visit.query();
    boolean paced = given.has(Pace.PARAMETER);
    Query query = given.only(parameters());
    ChannelReads.envelope(query);
    String before = query.get("before");
    for (String other : before == null ? List.<String>of() : List.of("wait", "since")) {
      if (query.has(other)) {
        throw Query.bad("'before' and '" + other + "' do not go together");
      }
    }
    Beginning beginning = Since.of(visit.head(), query);
    Cursor cursor = beginning.cursor();
    if (before != null) {
      cursor = before.equals("now") ? null : Beginning.cursor("before", before);
    }
    Duration asked = wait(query);
    Duration pace = pace(query, asked, paced);
    Duration wait = visit.isHead() ? Duration.ZERO : asked;
    var request =
        new PageRequest(
            channels,
            cursor,
            before != null ? Start.NOW : beginning.start(),
            before != null,
            query.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
            MAX_BYTES,
            wait.toNanos(),
            visit.isHead() ? 0 : pace.toNanos());
    Attending attending = Attending.of(presence, channels, query);
    doorway.enter(
        visit,
        wait.isZero() ? Action.HISTORY : Action.SUBSCRIBE,
        channels,
        pass -> {
          if (!visit.isHead()) {
            attending.as(pass.user()).begin();
          }
          read(doorway.guard(), pass, loop, request, attending);
        });
  }

  private void read(
      Guard guard, Pass pass, HubLoop loop, PageRequest request, Attending attending) {
    CompletableFuture<PageAnswer> page = loop.page(request).toCompletableFuture();
    page.whenCompleteAsync((answer, failure) -> attending.end(), visit.loop());
    lease =
        guard.hold(
            visit.loop(),
            pass,
            why -> {
              withdrawal = why;
              page.cancel(false);
              refused(why);
            });
    page.whenCompleteAsync(this::answered, visit.loop());
    if (request.waitNanos() > 0) {
      visit
          .exchange()
          .onGone(
              () -> {
                if (page.cancel(false)) {
                  loop.page(request.withoutWait()).whenCompleteAsync(this::answered, visit.loop());
                }
              });
    }
  }

  private static List<String> parameters() {
    var names = new ArrayList<>(Since.PARAMETERS);
    names.addAll(List.of("before", "limit", "wait", Pace.PARAMETER, "envelope"));
    names.addAll(Attending.PARAMETERS);
    return names;
  }

  private static Duration wait(Query query) {
    Duration wait = query.duration("wait", Duration.ZERO, MAX_WAIT);
    return wait == null ? Duration.ZERO : wait;
  }

  /// The pace of a long poll; one that waits is needed for it.
  ///
  /// @param paced whether the request says it itself; what a route says is no longer than the wait
  private static Duration pace(Query query, Duration wait, boolean paced) {
    Duration pace = Pace.of(query);
    if (pace.compareTo(wait) > 0) {
      if (!paced) {
        return wait;
      }
      throw Query.bad("'every' goes with 'wait', and is not longer: ask when you want a page");
    }
    return pace;
  }

  private void answered(@Nullable PageAnswer page, @Nullable Throwable failure) {
    if (failure instanceof CancellationException || withdrawal != null) {
      return;
    }
    if (lease != null) {
      lease.close();
    }
    if (page == null) {
      visit.respond(
          Problem.response(ErrorCode.UNAVAILABLE, "the log could not be read, try again")
              .with("retry-after", "1"));
    } else {
      visit.respond(Response.of(200, "application/json", json(page)));
    }
  }

  private void refused(Withdrawal why) {
    visit.fail(why.reason().failure());
  }

  private static byte[] json(PageAnswer page) {
    ByteBuf out = Unpooled.buffer(1_024);
    page.write(out);
    out.setByte(0, '{');
    JsonBytes.ascii(out, "}\n");
    return ByteBufUtil.getBytes(out);
  }
}
