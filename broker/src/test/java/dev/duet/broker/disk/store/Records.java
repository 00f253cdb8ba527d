package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.StoredRecord.Kind;
import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;

/// Records for tests.
public final class Records {
  /// A salt like any other.
  public static final Salt SALT = new Salt(0x6475657464756574L, 0x1234567890abcdefL);

  private static final String[] TEXTS = {"a", "bid:7", "Größe", "日本", "x".repeat(255)};

  private Records() {}

  /// A plain publication of a history channel.
  public static StoredRecord text(
      String channel, long offset, long seq, long cum, long prev, String text) {
    return of(channel, offset, seq, cum, prev, false, Draft.text(text));
  }

  /// A publication; its age is offset/1000, its time that and 7.
  public static StoredRecord of(
      String channel, long offset, long seq, long cum, long prev, boolean keyed, Draft draft) {
    long age = offset / 1000;
    return new StoredRecord(
        Kind.PUBLICATION,
        channel,
        offset,
        age,
        seq,
        cum,
        prev,
        false,
        false,
        keyed,
        new Publication(channel, offset, age + 7, draft),
        draft.idempotencyKey(),
        draft.idempotencyKey() == null ? 0 : 99,
        0);
  }

  /// A record with everything at random, but its offset.
  public static StoredRecord random(Random random, long offset) {
    Kind kind = Kind.values()[random.nextInt(10) < 8 ? 0 : 1 + random.nextInt(2)];
    String channel = "c".repeat(1 + random.nextInt(random.nextInt(20) == 0 ? 255 : 12));
    long age = offset / 1000 + (random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(3));
    Publication publication = null;
    if (kind == Kind.PUBLICATION) {
      byte[] data = new byte[random.nextInt(random.nextInt(50) == 0 ? 70_000 : 200)];
      random.nextBytes(data);
      publication =
          new Publication(
              channel,
              offset,
              age + (random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(3)),
              new Draft(
                  PayloadType.values()[random.nextInt(3)],
                  data,
                  textOrNull(random),
                  textOrNull(random),
                  textOrNull(random),
                  random.nextBoolean(),
                  random.nextBoolean(),
                  null,
                  Draft.ANY));
    }
    boolean idempotent = kind == Kind.KEY || kind == Kind.PUBLICATION && random.nextInt(3) == 0;
    return new StoredRecord(
        kind,
        channel,
        offset,
        age,
        random.nextLong(1L << random.nextInt(1, 63)),
        random.nextLong(1L << random.nextInt(1, 63)),
        random.nextInt(5) == 0 ? 0 : random.nextLong(offset),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        publication,
        idempotent ? "k".repeat(1 + random.nextInt(30)) : null,
        idempotent ? random.nextLong() : 0,
        0);
  }

  /// Fails unless both say the same; their lengths are not compared.
  public static void assertSame(@Nullable StoredRecord read, StoredRecord written) {
    Objects.requireNonNull(read, "nothing was read");
    Assertions.assertThat(withoutPublication(read)).isEqualTo(withoutPublication(written));
    Publication one = read.publication();
    Publication other = written.publication();
    Assertions.assertThat(one == null).isEqualTo(other == null);
    if (one != null && other != null) {
      Assertions.assertThat(one.data()).isEqualTo(other.data());
      Assertions.assertThat(fields(one)).isEqualTo(fields(other));
    }
  }

  /// The text of its payload.
  public static String text(StoredRecord record) {
    return new String(Objects.requireNonNull(record.publication()).data(), StandardCharsets.UTF_8);
  }

  private static StoredRecord withoutPublication(StoredRecord record) {
    return new StoredRecord(
        record.kind(),
        record.channel(),
        record.offset(),
        record.age(),
        record.seq(),
        record.cum(),
        record.prev(),
        record.fresh(),
        record.first(),
        record.keyed(),
        null,
        record.idempotencyKey(),
        record.print(),
        0);
  }

  private static List<Object> fields(Publication publication) {
    return Arrays.asList(
        publication.channel(),
        publication.offset(),
        publication.time(),
        publication.type(),
        publication.event(),
        publication.key(),
        publication.from(),
        publication.deleted(),
        publication.end());
  }

  private static @Nullable String textOrNull(Random random) {
    return random.nextInt(3) > 0 ? null : TEXTS[random.nextInt(TEXTS.length)];
  }
}
