package dev.duet.systemtests.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.duet.systemtests.Json;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/// A payload that says who published it, and ends in a checksum of itself.
///
/// @param text as an envelope has it: JSON as it is, text as a string, bytes in base64
record Body(Kind kind, String text) {
  enum Kind {
    JSON,
    TEXT,
    BYTES
  }

  /// Which publication it is of: the number in its publisher's order.
  record Name(int publisher, int number) {
    @Override
    public String toString() {
      return publisher + "/" + number;
    }
  }

  private static final Pattern CORE =
      Pattern.compile("(\\d+)/(\\d+) (.*) ([0-9a-f]{8})", Pattern.DOTALL);
  private static final String JSON_BEGIN = "{\"is\":\"";
  private static final String JSON_END = "\"}";
  private static final byte[] BYTES_BEGIN = {0, (byte) 0xFF};
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 é漢";

  /// Mostly small; one in a hundred up to 16 KiB, one in five hundred up to 200 KiB.
  static Body random(Name name, String channel, Random random) {
    int dice = random.nextInt(500);
    int most = dice == 0 ? 200 << 10 : dice < 6 ? 16 << 10 : 300;
    var core = new StringBuilder(name + " " + channel + " ");
    String pad = pad(64, random);
    for (int size = random.nextInt(most); size > 0; size -= 80) {
      core.append(pad, 0, Math.min(pad.length(), size));
    }
    Kind kind = Kind.values()[random.nextInt(3)];
    if (kind == Kind.TEXT) {
      core.append('\n').append(random.nextInt(10));
    }
    return of(kind, core.toString());
  }

  private static String pad(int length, Random random) {
    var pad = new StringBuilder();
    random.ints(length, 0, LETTERS.length()).forEach(i -> pad.append(LETTERS.charAt(i)));
    return pad.toString();
  }

  /// @param content begins with the name and a blank
  static Body of(Kind kind, String content) {
    String core = content + " " + sum(content);
    return switch (kind) {
      case JSON -> new Body(kind, JSON_BEGIN + core + JSON_END);
      case TEXT -> new Body(kind, core);
      case BYTES -> {
        byte[] text = core.getBytes(UTF_8);
        byte[] bytes = Arrays.copyOf(BYTES_BEGIN, BYTES_BEGIN.length + text.length);
        System.arraycopy(text, 0, bytes, BYTES_BEGIN.length, text.length);
        yield new Body(kind, Base64.getEncoder().encodeToString(bytes));
      }
    };
  }

  /// The one in an envelope, or in a message of duet.v1 without a binary frame.
  static Body in(Json envelope) {
    return envelope.has("data64")
        ? new Body(Kind.BYTES, envelope.text("data64"))
        : new Body(envelope.isText("data") ? Kind.TEXT : Kind.JSON, envelope.text("data"));
  }

  private static String sum(String content) {
    var sum = new CRC32C();
    sum.update(content.getBytes(UTF_8));
    return String.format(Locale.ROOT, "%08x", sum.getValue());
  }

  String contentType() {
    return switch (kind) {
      case JSON -> "application/json";
      case TEXT -> "text/plain; charset=utf-8";
      case BYTES -> "application/octet-stream";
    };
  }

  byte[] bytes() {
    return kind == Kind.BYTES ? Base64.getDecoder().decode(text) : text.getBytes(UTF_8);
  }

  /// Its member in a line of a batch, or in a message of duet.v1.
  String member() {
    return switch (kind) {
      case JSON -> "\"data\":" + text;
      case TEXT -> "\"data\":" + Json.quoted(text);
      case BYTES -> "\"data64\":\"" + text + "\"";
    };
  }

  /// What is kept of it to compare others with.
  Print print() {
    return new Print(kind, text.length(), sum(text) + Integer.toHexString(text.hashCode()));
  }

  /// @throws IllegalArgumentException if it is none of ours, or its checksum is wrong
  Name name() {
    String core =
        switch (kind) {
          case JSON ->
              text.startsWith(JSON_BEGIN) && text.endsWith(JSON_END)
                  ? text.substring(JSON_BEGIN.length(), text.length() - JSON_END.length())
                  : "";
          case TEXT -> text;
          case BYTES -> new String(bytes(), UTF_8).replaceFirst("^[^0-9]*", "");
        };
    Matcher matcher = CORE.matcher(core);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no payload of ours: " + kind + " " + beginning());
    }
    if (!sum(core.substring(0, core.length() - 9)).equals(matcher.group(4))) {
      throw new IllegalArgumentException("its checksum is wrong: " + kind + " " + beginning());
    }
    return new Name(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  private String beginning() {
    return text.substring(0, Math.min(100, text.length()));
  }

  /// Two that are the same are of the same bytes, as far as 64 bits can tell.
  record Print(Kind kind, int length, String hash) {}
}
