package dev.duet.protocol;

/// What a payload's bytes are.
public enum PayloadType {
  /// One valid JSON text in UTF-8 without CR or LF between its tokens.
  JSON,
  /// Valid UTF-8.
  TEXT,
  /// Any bytes; on Server-Sent Events a data URL in base64, in an envelope `data64`.
  BYTES
}
