package dev.duet.bench;

import dev.duet.protocol.Draft;
import dev.duet.protocol.PayloadType;
import dev.duet.protocol.Publication;
import java.nio.charset.StandardCharsets;

/// What is published in benchmarks.
public enum Samples {
  /// 128 bytes of JSON.
  JSON_128(PayloadType.JSON, "{\"text\":\"" + "abcdefgh ".repeat(12) + "1234567890\"}"),
  /// 128 bytes of text, one line.
  TEXT_128(PayloadType.TEXT, "A line. ".repeat(16)),
  /// 4 KiB of text in lines of 64.
  LINES_4K(PayloadType.TEXT, ("x".repeat(63) + "\n").repeat(64)),
  /// 4 KiB of text with a quotation mark in every eight characters.
  QUOTES_4K(PayloadType.TEXT, "a\"bcdefg".repeat(512)),
  /// 1 KiB of bytes.
  BYTES_1K(PayloadType.BYTES, "b".repeat(1_024));

  private static final long TIME = 1_795_267_345_118L;

  private final PayloadType type;
  private final byte[] data;

  Samples(PayloadType type, String text) {
    this.type = type;
    this.data = text.getBytes(StandardCharsets.UTF_8);
  }

  String text() {
    return new String(data, StandardCharsets.UTF_8);
  }

  byte[] data() {
    return data;
  }

  Draft draft() {
    return Draft.of(type, data);
  }

  Publication publication() {
    return new Publication("orders", TIME * 1_000, TIME, draft());
  }
}
