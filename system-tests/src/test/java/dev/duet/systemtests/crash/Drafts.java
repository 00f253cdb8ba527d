package dev.duet.systemtests.crash;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/// What one publisher publishes next. One thread.
final class Drafts {
  private final int publisher;
  private final Layout layout;
  private final Book book;
  private final Random random;
  private int numbers;

  /// @param body null of a tombstone
  record Draft(Publication publication, @Nullable Body body) {
    /// Its members in a line of a batch, or in a message of duet.v1.
    String members() {
      String key = publication.key();
      return (body == null ? "\"deleted\":true" : body.member())
          + (key.isEmpty() ? "" : ",\"key\":\"" + key + "\"")
          + ",\"idempotencyKey\":\""
          + publication.idempotencyKey()
          + "\"";
    }
  }

  Drafts(int publisher, Layout layout, Book book, Random random) {
    this.publisher = publisher;
    this.layout = layout;
    this.book = book;
    this.random = random;
  }

  Draft next() {
    return on(channel());
  }

  /// Where the next may go.
  String channel() {
    return layout.any(random);
  }

  Draft on(String channel) {
    var name = new Body.Name(publisher, ++numbers);
    boolean latest = layout.keeps(channel) == Keeps.What.LATEST;
    String key = latest || random.nextInt(4) == 0 ? Layout.anyKey(random) : "";
    long now = System.nanoTime();
    Draft draft;
    if (latest && random.nextInt(10) == 0) {
      draft = new Draft(Publication.tombstone(name, channel, key, now), null);
    } else {
      Body body = Body.random(name, channel, random);
      draft = new Draft(Publication.of(name, channel, key, body, now), body);
    }
    book.sends(draft.publication());
    return draft;
  }
}
