package dev.duet.systemtests.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.Random;

/// What is published: its number is in it, so that no two are alike.
///
/// @param kind `json`, `text` or `bytes`
/// @param text as JSON, as text, or in base64
record Payload(String kind, byte[] body, String text) {
  static final int LARGEST = 256 << 10;

  private static final String[] LINE_ENDS = {"\n", "\r\n", "\r", "\n\n", "\ndata: ", "\n: ", " "};
  private static final String[] WORDS = {
    "plain",
    "  indented",
    "κόσμε",
    "漢字",
    "🦜🦜",
    "tab\there",
    "id: 7",
    "\u0000nul",
    "\uFEFFbom",
    "\\back"
  };

  /// What a client can tell of a payload, whatever language it is written in.
  ///
  /// @param length in UTF-16 units of the text
  /// @param hash as String.hashCode has it
  record Shape(String kind, int length, int hash) {
    static Shape of(String kind, String text) {
      return new Shape(kind, text.length(), text.hashCode());
    }
  }

  /// Mostly small; one in a hundred up to 32 KiB, one in five hundred up to 256 KiB, some the
  /// largest that is allowed.
  static Payload random(int number, Random random) {
    int dice = random.nextInt(1_000);
    int most = dice < 2 ? LARGEST : dice < 12 ? 32 << 10 : 600;
    int size = dice == 0 ? LARGEST : 16 + random.nextInt(most - 16);
    return switch (random.nextInt(3)) {
      case 0 -> json(number, size, random);
      case 1 -> lines(number, size, random);
      default -> bytes(number, size, random);
    };
  }

  private static Payload json(int number, int size, Random random) {
    // As JSON.stringify would write it, so that a client that parses it can tell its text.
    String start = "{\"n\":" + number + ",\"deep\":[1,true,null,{\"a\":\"é\\n\\\"\"}],\"pad\":\"";
    int used = start.getBytes(UTF_8).length + 2;
    String text = start + "x".repeat(Math.max(0, size - used) / 8 * 8) + random.nextInt(10) + "\"}";
    return new Payload("json", text.getBytes(UTF_8), text);
  }

  private static Payload lines(int number, int size, Random random) {
    var text = new StringBuilder(number + " ");
    int used = text.length();
    while (true) {
      String next =
          WORDS[random.nextInt(WORDS.length)] + LINE_ENDS[random.nextInt(LINE_ENDS.length)];
      used += next.getBytes(UTF_8).length;
      if (used > size) {
        break;
      }
      text.append(next);
    }
    return new Payload("text", text.toString().getBytes(UTF_8), text.toString());
  }

  private static Payload bytes(int number, int size, Random random) {
    var body = new byte[size];
    random.nextBytes(body);
    for (int i = 0; i < Integer.BYTES; i++) {
      body[i] = (byte) (number >> 8 * i);
    }
    return new Payload("bytes", body, Base64.getEncoder().encodeToString(body));
  }

  String contentType() {
    return switch (kind) {
      case "json" -> "application/json";
      case "text" -> "text/plain; charset=utf-8";
      default -> "application/octet-stream";
    };
  }

  Shape shape() {
    return Shape.of(kind, text);
  }

  /// Where lines have no ends of their own: SSE without an envelope.
  Shape shapeInLines() {
    return kind.equals("text")
        ? Shape.of(kind, text.replace("\r\n", "\n").replace('\r', '\n'))
        : shape();
  }
}
