package dev.duet.systemtests.crash;

import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A publisher that alone has its channels, one after the other: each publication only if nothing
/// came after the one before, the last one ends the channel, and then nothing more is taken.
final class Turns implements Runnable {
  private static final int MOST = 12;

  private final HttpPublisher publisher;
  private final Drafts drafts;
  private final List<String> channels;
  private final Book book;
  private final Random random;
  private final AtomicBoolean enough;
  private final List<String> ended = new ArrayList<>();

  Turns(
      HttpClient http,
      String origin,
      Drafts drafts,
      List<String> channels,
      Book book,
      Random random,
      AtomicBoolean enough) {
    this.publisher = new HttpPublisher(http, origin, drafts, false, book, random, enough);
    this.drafts = drafts;
    this.channels = channels;
    this.book = book;
    this.random = random;
    this.enough = enough;
  }

  @Override
  public void run() {
    try {
      for (String channel : channels) {
        long last = 0;
        for (int left = random.nextInt(MOST); left >= 0 && !enough.get(); left--) {
          boolean end = left == 0;
          last = publisher.publish(drafts.on(channel), end ? "&end" : "", last);
          if (last < 0) {
            return;
          }
          if (end) {
            ended.add(channel);
          }
          TimeUnit.MILLISECONDS.sleep(random.nextInt(30));
        }
      }
      while (!enough.get()) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | AssertionError e) {
      book.unexpected("a publisher failed: " + e);
    }
  }

  /// Once it has run: what has ended takes nothing more.
  void check() throws InterruptedException {
    for (String channel : ended) {
      String code = publisher.refusal(channel);
      if (!code.equals("ended")) {
        book.unexpected(channel + " has ended, and takes a publication: '" + code + "'");
      }
    }
  }

  int ended() {
    return ended.size();
  }
}
