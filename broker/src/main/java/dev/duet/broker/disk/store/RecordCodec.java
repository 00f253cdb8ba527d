package dev.duet.broker.disk.store;

import dev.duet.broker.disk.store.StoredRecord.Kind;
import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The bytes of one record:
///
/// ```
/// crc32c 4 | head check 2 | length and flags 5 | offset 7 |
/// age, zigzag of age - offset/1000 | [time - age, zigzag] | seq | cum | offset - prev (0: none) |
/// channel | [event] [key] [from] [idempotency key, print 8] | [payload]
/// ```
///
/// Numbers without a size are varints; texts have their length before them. Both checksums begin
/// with the log's [Salt]. The head's is 16 bits of CRC-32C over length, flags and offset: so a
/// wrong length is known as such, and looking for the next record after damage costs little,
/// whatever the bytes there are. Any thread.
public final class RecordCodec {
  /// Bytes before the varints.
  static final int HEAD = 18;

  /// Longest record: a payload of 16 MiB, a channel, an event, a key, a user, an idempotency key.
  public static final int MOST = (17 << 20) + 4096;

  /// Head, five numbers of one byte, a channel of one character.
  static final int LEAST = HEAD + 4 + 2;

  private static final int LENGTH_BITS = 25;
  private static final int HIGH_FLAGS = 32 - LENGTH_BITS;

  private static final int KIND = 3;
  private static final int TYPE_SHIFT = 2;
  private static final int EVENT = 1 << 4;
  private static final int KEY = 1 << 5;
  private static final int FROM = 1 << 6;
  private static final int IDEMPOTENT = 1 << 7;
  private static final int DELETED = 1 << 8;
  private static final int END = 1 << 9;
  private static final int FRESH = 1 << 10;
  private static final int FIRST = 1 << 11;
  private static final int KEYED = 1 << 12;
  private static final int ALL_FLAGS = (1 << 13) - 1;

  private static final Kind[] KINDS = Kind.values();
  private static final PayloadType[] TYPES = PayloadType.values();

  private final byte[] salt;

  /// @param salt of the log
  public RecordCodec(Salt salt) {
    this.salt = salt.bytes();
  }

  /// Encodes a record at the end of `into`; its `length` is not looked at.
  ///
  /// @return how many bytes it takes
  /// @throws IllegalArgumentException if it is longer than [#MOST], or no record
  public int encode(StoredRecord record, RecordBuffer into) {
    Publication publication = record.publication();
    check(record, publication);
    ByteBuffer out = into.room(most(record, publication));
    int start = out.position();
    out.position(start + HEAD);
    Varints.put(out, Varints.zigzag(record.age() - record.offset() / 1000));
    if (publication != null) {
      Varints.put(out, Varints.zigzag(publication.time() - record.age()));
    }
    Varints.put(out, record.seq());
    Varints.put(out, record.cum());
    Varints.put(out, record.prev() == 0 ? 0 : record.offset() - record.prev() + own(record.kind()));
    put(out, record.channel());
    if (publication != null) {
      putOptional(out, publication.event());
      putOptional(out, publication.key());
      putOptional(out, publication.from());
    }
    if (record.idempotencyKey() != null) {
      put(out, record.idempotencyKey());
      out.putLong(record.print());
    }
    if (publication != null) {
      out.put(publication.data());
    }
    int length = out.position() - start;
    if (length > MOST) {
      throw new IllegalArgumentException(
          "a record has at most " + MOST + " bytes, this one " + length);
    }
    int flags = flags(record, publication);
    out.putInt(start + 6, length | (flags & (1 << HIGH_FLAGS) - 1) << LENGTH_BITS);
    out.putLong(start + 10, (long) flags >>> HIGH_FLAGS << 56 | record.offset());
    seal(out, start, length);
    into.wrote(length);
    return length;
  }

  /// The length of the record that begins here, head and all.
  ///
  /// @return -1 if there are too few bytes to say
  /// @throws DamagedException if no record begins here
  public int lengthAt(ByteBuffer from) throws DamagedException {
    if (from.remaining() < HEAD) {
      return -1;
    }
    int length = headAt(from);
    if (length == 0) {
      throw new DamagedException("no record begins here, or its head is damaged");
    }
    return length;
  }

  /// The length that the head here says, or 0 if it is none.
  int headAt(ByteBuffer from) {
    int start = from.position();
    int length = from.getInt(start + 6) & (1 << LENGTH_BITS) - 1;
    int flags = flagsAt(from, start);
    boolean plausible =
        length >= LEAST
            && length <= MOST
            && (flags & ~ALL_FLAGS) == 0
            && (flags & KIND) != KIND
            && offsetAt(from, start) <= Cursor.MAX_OFFSET
            && fold(head(from, start)) == from.getShort(start + 4);
    return plausible ? length : 0;
  }

  /// Decodes the record that begins here, and moves behind it.
  ///
  /// @return null if its bytes are not all there; nothing is moved then
  /// @throws DamagedException if no record begins here, or its checksum is wrong
  public @Nullable StoredRecord decode(ByteBuffer from) throws DamagedException {
    int length = lengthAt(from);
    if (length < 0 || from.remaining() < length) {
      return null;
    }
    int start = from.position();
    CRC32C crc = head(from, start);
    crc.update(from.slice(start + HEAD, length - HEAD));
    if ((int) crc.getValue() != from.getInt(start)) {
      throw new DamagedException("the checksum of a record is wrong");
    }
    StoredRecord record =
        body(
            from.slice(start + HEAD, length - HEAD),
            flagsAt(from, start),
            offsetAt(from, start),
            length);
    from.position(start + length);
    return record;
  }

  /// The offset in a head that [#lengthAt] found right.
  static long offsetAt(ByteBuffer from, int start) {
    return from.getLong(start + 10) & (1L << 56) - 1;
  }

  private static int flagsAt(ByteBuffer from, int start) {
    return from.getInt(start + 6) >>> LENGTH_BITS | (from.get(start + 10) & 0xFF) << HIGH_FLAGS;
  }

  private StoredRecord body(ByteBuffer in, int flags, long offset, int length)
      throws DamagedException {
    Kind kind = KINDS[flags & KIND];
    boolean published = kind == Kind.PUBLICATION;
    long age = Varints.unzigzag(Varints.get(in)) + offset / 1000;
    long time = published ? Varints.unzigzag(Varints.get(in)) + age : 0;
    long seq = Varints.get(in);
    long cum = Varints.get(in);
    long back = Varints.get(in);
    String channel = text(in);
    String event = published && (flags & EVENT) != 0 ? text(in) : null;
    String key = published && (flags & KEY) != 0 ? text(in) : null;
    String from = published && (flags & FROM) != 0 ? text(in) : null;
    String idempotencyKey = null;
    long print = 0;
    if ((flags & IDEMPOTENT) != 0) {
      idempotencyKey = text(in);
      if (in.remaining() < Long.BYTES) {
        throw new DamagedException("a record is cut off");
      }
      print = in.getLong();
    }
    Publication publication = null;
    int type = flags >>> TYPE_SHIFT & 3;
    if (!published ? in.hasRemaining() : type >= TYPES.length) {
      throw new DamagedException("a record has something that its kind does not have");
    }
    if (published) {
      byte[] data = new byte[in.remaining()];
      in.get(data);
      try {
        publication =
            new Publication(
                channel,
                offset,
                time,
                new Draft(
                    TYPES[type],
                    data,
                    event,
                    key,
                    from,
                    (flags & DELETED) != 0,
                    (flags & END) != 0,
                    null,
                    Draft.ANY));
      } catch (DuetException e) {
        throw new DamagedException("a record has something illegal: " + e.getMessage());
      }
    }
    return new StoredRecord(
        kind,
        channel,
        offset,
        age,
        seq,
        cum,
        back == 0 ? 0 : offset - back + own(kind),
        (flags & FRESH) != 0,
        (flags & FIRST) != 0,
        (flags & KEYED) != 0,
        publication,
        idempotencyKey,
        print,
        length);
  }

  /// What is let go may end with the record in whose place a trim is: that is no distance, and none
  /// is what says that there is no `prev`.
  private static int own(Kind kind) {
    return kind == Kind.TRIM ? 1 : 0;
  }

  private static void check(StoredRecord record, @Nullable Publication publication) {
    if ((publication != null) != (record.kind() == Kind.PUBLICATION)
        || record.offset() < 1
        || record.offset() > Cursor.MAX_OFFSET
        || record.prev() < 0
        || record.prev() >= record.offset() + own(record.kind())
        || record.seq() < 0
        || record.cum() < 0
        || record.channel().isEmpty()
        || record.channel().length() > 255) {
      throw new IllegalArgumentException(
          "not a record: %s of %s at %d, seq %d, cum %d, prev %d"
              .formatted(
                  record.kind(),
                  record.channel(),
                  record.offset(),
                  record.seq(),
                  record.cum(),
                  record.prev()));
    }
  }

  private static int flags(StoredRecord record, @Nullable Publication publication) {
    int flags =
        record.kind().ordinal()
            | (record.fresh() ? FRESH : 0)
            | (record.first() ? FIRST : 0)
            | (record.keyed() ? KEYED : 0)
            | (record.idempotencyKey() != null ? IDEMPOTENT : 0);
    if (publication == null) {
      return flags;
    }
    return flags
        | publication.type().ordinal() << TYPE_SHIFT
        | (publication.event() != null ? EVENT : 0)
        | (publication.key() != null ? KEY : 0)
        | (publication.from() != null ? FROM : 0)
        | (publication.deleted() ? DELETED : 0)
        | (publication.end() ? END : 0);
  }

  private void seal(ByteBuffer out, int start, int length) {
    CRC32C crc = head(out, start);
    out.putShort(start + 4, fold(crc));
    crc.update(out.array(), out.arrayOffset() + start + HEAD, length - HEAD);
    out.putInt(start, (int) crc.getValue());
  }

  private CRC32C head(ByteBuffer from, int start) {
    var crc = new CRC32C();
    crc.update(salt);
    crc.update(from.slice(start + 6, HEAD - 6));
    return crc;
  }

  private static short fold(CRC32C crc) {
    int value = (int) crc.getValue();
    return (short) (value ^ value >>> 16);
  }

  private static int most(StoredRecord record, @Nullable Publication publication) {
    long most = HEAD + 5 * Varints.MOST + room(record.channel());
    if (record.idempotencyKey() != null) {
      most += room(record.idempotencyKey()) + Long.BYTES;
    }
    if (publication != null) {
      most +=
          room(publication.event())
              + room(publication.key())
              + room(publication.from())
              + publication.data().length;
    }
    return (int) Math.min(most, Integer.MAX_VALUE);
  }

  private static long room(@Nullable String text) {
    return text == null ? 0 : Varints.MOST + 3L * text.length();
  }

  private static void putOptional(ByteBuffer out, @Nullable String text) {
    if (text != null) {
      put(out, text);
    }
  }

  private static void put(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Varints.put(out, bytes.length);
    out.put(bytes);
  }

  private static String text(ByteBuffer in) throws DamagedException {
    long length = Varints.get(in);
    if (length < 0 || length > in.remaining()) {
      throw new DamagedException("a text is cut off");
    }
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
