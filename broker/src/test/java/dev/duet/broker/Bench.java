package dev.duet.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Log.ChannelInfo;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Item;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A broker under test, and short words for what tests do with it.
public final class Bench implements AutoCloseable {
  /// Room for everything.
  public static final int ALL = 1 << 20;

  private final Broker broker;
  private final Consumer<Duration> pass;
  private final Runnable settle;

  /// @param broker an open one
  /// @param pass lets time pass, and retention act on it as often as it needs
  /// @param settle lets what is appended be committed; nothing for a broker that does so by itself
  public Bench(Broker broker, Consumer<Duration> pass, Runnable settle) {
    this.broker = broker;
    this.pass = pass;
    this.settle = settle;
  }

  /// Namespaces by pattern and retention, in memory.
  public static Namespaces namespaces(Object... patternsAndRetentions) {
    var list = new ArrayList<Namespace>();
    for (int i = 0; i < patternsAndRetentions.length; i += 2) {
      list.add(
          new Namespace(
              (String) patternsAndRetentions[i],
              (Retention) patternsAndRetentions[i + 1],
              Durability.MEMORY));
    }
    return new Namespaces(list);
  }

  public Broker broker() {
    return broker;
  }

  public Log log(String channel) {
    return broker.logs().get(broker.logOf(channel));
  }

  public static Draft text(String text) {
    return Draft.of(PayloadType.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  public static String text(Publication publication) {
    return new String(publication.data(), StandardCharsets.UTF_8);
  }

  /// Waits for a stage, after what is appended was let through.
  public <T> T await(CompletionStage<T> stage) {
    settle.run();
    return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  public CompletableFuture<Receipt> send(String channel, Draft draft) {
    return log(channel).append(channel, draft).toCompletableFuture();
  }

  /// What an append is answered.
  public Receipt ask(String channel, Draft draft) {
    return await(send(channel, draft));
  }

  /// Appends, and gives the offset.
  public long put(String channel, Draft draft) {
    Receipt receipt = ask(channel, draft);
    assertThat(receipt).isInstanceOf(Receipt.Appended.class);
    assertThat(((Receipt.Appended) receipt).duplicate()).isFalse();
    return ((Receipt.Appended) receipt).offset();
  }

  public long put(String channel, String text) {
    return put(channel, text(text));
  }

  public long putKey(String channel, String key, String text) {
    return put(channel, text(text).withKey(key));
  }

  public long position(String channel) {
    return log(channel).position();
  }

  public Page page(ReadRequest request) {
    return await(log(request.spans().getFirst().channel()).read(request));
  }

  /// Everything of a span up to now.
  public Page page(Span... spans) {
    return page(
        ReadRequest.forwards(List.of(spans), position(spans[0].channel()), ALL, Integer.MAX_VALUE));
  }

  /// Everything of a channel after an offset, as texts.
  public List<String> texts(String channel, long after) {
    return texts(page(Span.after(channel, after)).items());
  }

  /// Everything that a channel holds, as texts.
  public List<String> held(String channel) {
    return texts(page(start(channel, Start.HELD, position(channel))).items());
  }

  /// Publications by their text, `-key` for a tombstone; gaps as `gap`, `gap?` if not certain, with
  /// `*` if the state follows.
  public static List<String> texts(List<? extends Item> items) {
    return items.stream().map(Bench::text).toList();
  }

  private static String text(Item item) {
    return switch (item) {
      case Publication one -> one.deleted() ? "-" + one.key() : text(one);
      case Gap gap -> "gap" + (gap.certain() ? "" : "?") + (gap.state() ? "*" : "");
    };
  }

  public Span start(String channel, Start start, long asOf) {
    return await(log(channel).starts(List.of(channel), start, asOf)).getFirst();
  }

  public ChannelInfo info(String channel) {
    return await(log(channel).info(channel));
  }

  public ChannelInfo trim(String channel, long before) {
    return await(log(channel).trim(channel, before));
  }

  /// Lets time pass, and retention act.
  public void pass(Duration time) {
    pass.accept(time);
    settle.run();
  }

  /// Follows the log of a channel that is watched from now on.
  public Ear listen(String channel) {
    var ear = new Ear();
    await(log(channel).watch(channel));
    ear.following = log(channel).follow(ear);
    return ear;
  }

  /// What a follower heard.
  public static final class Ear implements Follower {
    private final List<Publication> heard = new ArrayList<>();
    private Log.@org.jspecify.annotations.Nullable Following following;

    @Override
    public synchronized void advanced(List<Publication> publications, long upTo) {
      heard.addAll(publications);
    }

    @Override
    public void lost(long from, long to) {
      throw new AssertionError("lost " + from + " to " + to);
    }

    public synchronized List<Publication> heard() {
      return List.copyOf(heard);
    }

    public List<String> texts() {
      return Bench.texts(heard());
    }

    public void stop() {
      if (following != null) {
        following.handle().run();
      }
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
