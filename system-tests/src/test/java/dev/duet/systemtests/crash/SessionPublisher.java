package dev.duet.systemtests.crash;

import dev.duet.systemtests.Json;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Publishes over duet.v1, several at a time; on a new socket it first sends again, in their order,
/// those that were not answered.
final class SessionPublisher implements Runnable {
  private static final int AT_A_TIME = 16;
  private static final int AGAIN_MILLIS = 20;

  private final HttpClient http;
  private final String origin;
  private final Drafts drafts;
  private final Book book;
  private final Random random;
  private final AtomicBoolean enough;
  private final Map<Integer, Drafts.Draft> open = new LinkedHashMap<>();
  private volatile boolean refused;

  SessionPublisher(
      HttpClient http,
      String origin,
      Drafts drafts,
      Book book,
      Random random,
      AtomicBoolean enough) {
    this.http = http;
    this.origin = origin;
    this.drafts = drafts;
    this.book = book;
    this.random = random;
    this.enough = enough;
  }

  @Override
  public void run() {
    while (!enough.get() || unanswered() > 0) {
      try (var socket = new Socket(http, origin + "/ws", (text, bytes) -> take(text))) {
        talk(socket);
      } catch (IOException e) {
        // the rest is sent again
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException | AssertionError e) {
        book.unexpected("a publisher failed: " + e);
        return;
      }
      try {
        TimeUnit.MILLISECONDS.sleep(AGAIN_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private int unanswered() {
    synchronized (open) {
      return open.size();
    }
  }

  private void talk(Socket socket) throws IOException, InterruptedException {
    refused = false;
    ArrayList<Drafts.Draft> again;
    synchronized (open) {
      again = new ArrayList<>(open.values());
    }
    for (Drafts.Draft draft : again) {
      send(socket, draft);
    }
    int waiting = 0;
    while (!refused && !socket.hasEnded() && (!enough.get() || unanswered() > 0)) {
      if (enough.get() || unanswered() >= AT_A_TIME) {
        TimeUnit.MILLISECONDS.sleep(1);
        if (++waiting % 1_000 == 0) {
          socket.ping();
        }
        continue;
      }
      Drafts.Draft draft = drafts.next();
      synchronized (open) {
        open.put(draft.publication().name().number(), draft);
      }
      send(socket, draft);
      TimeUnit.MILLISECONDS.sleep(random.nextInt(6));
    }
  }

  private static void send(Socket socket, Drafts.Draft draft)
      throws IOException, InterruptedException {
    Publication publication = draft.publication();
    socket.send(
        "{\"type\":\"publish\",\"id\":%d,\"channel\":\"%s\",%s}"
            .formatted(publication.name().number(), publication.channel(), draft.members()));
  }

  private void take(String text) {
    Json json = Json.object(text);
    switch (json.text("type")) {
      case "published" -> {
        Drafts.Draft draft;
        synchronized (open) {
          draft = open.remove((int) json.number("id"));
        }
        if (draft == null) {
          book.unexpected("nobody asked for " + text);
        } else {
          book.answered(draft.publication(), json);
        }
      }
      case "error" -> error(text, json);
      default -> {}
    }
  }

  /// What says to come back is sent again on the next socket, with all after it.
  private void error(String text, Json json) {
    if (json.has("retry")) {
      Drafts.Draft draft;
      synchronized (open) {
        draft = open.get((int) json.number("id"));
      }
      if (draft == null) {
        book.refusedForNow();
      } else {
        book.refusedForNow(draft.publication());
      }
      refused = true;
    } else {
      synchronized (open) {
        open.remove((int) json.number("id"));
      }
      book.unexpected(text);
    }
  }
}
