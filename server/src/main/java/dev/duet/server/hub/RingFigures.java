package dev.duet.server.hub;

/// What the ring of one log holds.
///
/// @param log its name
/// @param entries publications
/// @param bytes their weight
/// @param frameBytes what their frames take of the memory outside the heap
/// @param maxBytes most that either may be
public record RingFigures(String log, long entries, long bytes, long frameBytes, long maxBytes) {}
