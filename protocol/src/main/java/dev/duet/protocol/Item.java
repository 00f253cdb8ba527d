package dev.duet.protocol;

/// What a reader of a log meets, in log order: a publication, or a gap where some may be missing.
public sealed interface Item permits Publication, Gap {
  /// The channel that it belongs to.
  String channel();
}
