package dev.duet.server.hub;

import dev.duet.broker.Page;
import dev.duet.broker.ReadRequest;
import dev.duet.broker.Span;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.Publication;
import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads pages from the logs for the readers of a loop who are behind what the ring holds. One read
/// serves all who ask for the same, and its bytes are made once. A bounded number is under way; the
/// rest waits in order. Confined to the loop.
final class Pages {
  private static final InternalLogger LOG = InternalLoggerFactory.getInstance(Pages.class);

  private final HubLoop loop;
  private final Map<Key, Asked> asked = new HashMap<>();
  private final ArrayDeque<Asked> waiting = new ArrayDeque<>();
  private int underWay;

  /// Readers with equal keys get equal bytes.
  private record Key(int log, List<Span> spans, Wire wire, String cursor, boolean endAtGap) {}

  private record Asked(Key key, ReadPosition position, ArrayList<Behind> readers) {}

  /// A page in a wire form.
  ///
  /// @param bytes its frames; the loop's, whoever is offered them does not own them
  /// @param told what its frames tell, and the gap at which it was cut
  /// @param gap whether it was cut before a gap at which its readers end
  record Encoded(Page page, ByteBuf bytes, List<Item> told, boolean gap) {}

  Pages(HubLoop loop) {
    this.loop = loop;
  }

  /// Reads what comes after the reader's position in `log`, and calls its `page` or `unreadable` in
  /// a later turn.
  void read(Behind reader, int log, List<Span> spans) {
    ReadPosition position = reader.position();
    Subscriber subscriber = reader.reader();
    var key = new Key(log, spans, subscriber.wire, position.cursor(), subscriber.endsAtGap());
    Asked known = asked.get(key);
    if (known != null) {
      known.readers.add(reader);
      return;
    }
    var fresh = new Asked(key, position, new ArrayList<>(1));
    fresh.readers.add(reader);
    asked.put(key, fresh);
    if (underWay < loop.settings().pagesUnderWay()) {
      start(fresh);
    } else {
      waiting.add(fresh);
    }
  }

  int underWay() {
    return underWay;
  }

  int waiting() {
    return waiting.size();
  }

  private void start(Asked one) {
    underWay++;
    HubSettings settings = loop.settings();
    var request =
        ReadRequest.forwards(
            one.key.spans,
            loop.readableTo(one.key.log, one.key.spans),
            settings.pageCount(),
            settings.pageBytes());
    loop.read(one.key.log, request)
        .whenComplete((page, failure) -> loop.execute(() -> done(one, page)));
  }

  private void done(Asked one, @Nullable Page page) {
    underWay--;
    asked.remove(one.key);
    Encoded encoded = page == null ? null : encodeOrNull(one, page);
    if (encoded == null) {
      one.readers.forEach(Behind::unreadable);
    } else {
      for (Behind reader : one.readers) {
        reader.page(one.key.log, encoded);
      }
      encoded.bytes.release();
    }
    Asked next = waiting.poll();
    if (next != null) {
      start(next);
    }
  }

  /// Null if there is no memory for it now: its readers come back.
  private static @Nullable Encoded encodeOrNull(Asked one, Page page) {
    try {
      return encode(one, page);
    } catch (OutOfMemoryError failure) {
      LOG.warn("A page of {} could not be made", one.key.spans, failure);
      return null;
    }
  }

  private static Encoded encode(Asked one, Page page) {
    var frames = new ArrayList<ByteBuf>(page.items().size());
    Wire wire = one.key.wire;
    long last = 0;
    boolean cut = false;
    int told = 0;
    for (Item item : page.items()) {
      told++;
      if (item instanceof Gap gap) {
        if (one.key.endAtGap) {
          cut = true;
          break;
        }
        frames.add(wire.gap(one.position.asTold(gap), one.position.cursorAfter(one.key.log, last)));
      } else if (item instanceof Publication publication) {
        last = publication.offset();
        frames.add(wire.publicationFrame(publication, one.position.cursorAfter(one.key.log, last)));
      }
    }
    ByteBuf bytes = Runs.join(frames);
    frames.forEach(ByteBuf::release);
    return new Encoded(page, bytes, page.items().subList(0, told), cut);
  }
}
