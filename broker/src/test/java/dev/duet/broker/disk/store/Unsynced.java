package dev.duet.broker.disk.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// What was done to a file and not synced, and what a power loss may leave of it.
///
/// One of these, at random, per file and power loss:
/// - nothing of it;
/// - all of it;
/// - a prefix of the changes, the last one torn at any byte;
/// - per sector any state that the sector had since it was synced, and any size that the file had:
///   what the operating system writes back by itself, in an order of its own;
/// - any subset of the sectors of any writes, in any order, and of the truncations.
final class Unsynced {
  /// What a disk writes whole or not at all.
  static final int SECTOR = 512;

  private Unsynced() {}

  /// A write or a truncation.
  sealed interface Edit {
    /// Numbers only grow in a file.
    long number();

    void apply(Bytes content);
  }

  record Write(long number, int position, byte[] bytes) implements Edit {
    @Override
    public void apply(Bytes content) {
      content.put(position, bytes, 0, bytes.length);
    }

    int end() {
      return position + bytes.length;
    }
  }

  record Resize(long number, int size) implements Edit {
    @Override
    public void apply(Bytes content) {
      content.resize(size);
    }
  }

  /// What a power loss leaves: `synced` is not changed.
  static Bytes survivors(Random random, Bytes synced, List<Edit> edits) {
    if (edits.isEmpty()) {
      return synced.copy();
    }
    return switch (random.nextInt(8)) {
      case 0 -> synced.copy();
      case 1 -> prefix(synced, edits, edits.size());
      case 2, 3 -> torn(random, synced, edits);
      case 4, 5 -> versions(random, synced, edits);
      default -> subset(random, synced, edits);
    };
  }

  private static Bytes prefix(Bytes synced, List<Edit> edits, int count) {
    Bytes content = synced.copy();
    for (Edit edit : edits.subList(0, count)) {
      edit.apply(content);
    }
    return content;
  }

  private static Bytes torn(Random random, Bytes synced, List<Edit> edits) {
    int whole = random.nextInt(edits.size());
    Bytes content = prefix(synced, edits, whole);
    if (edits.get(whole) instanceof Write write) {
      int part = random.nextInt(write.bytes().length + 1);
      content.put(write.position(), write.bytes(), 0, part);
    } else if (random.nextBoolean()) {
      edits.get(whole).apply(content);
    }
    return content;
  }

  private static Bytes versions(Random random, Bytes synced, List<Edit> edits) {
    int largest = synced.size();
    for (Edit edit : edits) {
      largest = Math.max(largest, edit instanceof Write write ? write.end() : 0);
    }
    // How many of the edits each sector knows, and how many the size knows.
    int[] known = new int[largest / SECTOR + 1];
    for (int i = 0; i < known.length; i++) {
      known[i] = random.nextInt(edits.size() + 1);
    }
    int sized = random.nextInt(edits.size() + 1);
    int size = synced.size();
    Bytes content = synced.copy();
    content.resize(largest);
    var zeros = new byte[SECTOR];
    for (int i = 0; i < edits.size(); i++) {
      switch (edits.get(i)) {
        case Write write -> {
          for (int at = write.position(); at < write.end(); at = next(at, write.end())) {
            if (i < known[at / SECTOR]) {
              int count = next(at, write.end()) - at;
              content.put(at, write.bytes(), at - write.position(), count);
            }
          }
          size = i < sized ? Math.max(size, write.end()) : size;
        }
        case Resize resize -> {
          for (int at = resize.size(); at < largest; at = next(at, largest)) {
            if (i < known[at / SECTOR]) {
              content.put(at, zeros, 0, next(at, largest) - at);
            }
          }
          size = i < sized ? resize.size() : size;
        }
      }
    }
    content.resize(size);
    return content;
  }

  private static Bytes subset(Random random, Bytes synced, List<Edit> edits) {
    double luck = random.nextDouble();
    List<Edit> pieces = new ArrayList<>();
    for (Edit edit : edits) {
      if (edit instanceof Write write) {
        for (int at = write.position(); at < write.end(); at = next(at, write.end())) {
          if (random.nextDouble() < luck) {
            int start = at - write.position();
            int end = next(at, write.end()) - write.position();
            pieces.add(new Write(0, at, Arrays.copyOfRange(write.bytes(), start, end)));
          }
        }
      } else if (random.nextDouble() < luck) {
        pieces.add(edit);
      }
    }
    if (random.nextBoolean()) {
      Collections.shuffle(pieces, random);
    }
    return prefix(synced, pieces, pieces.size());
  }

  /// Where the next sector begins, or `end`.
  private static int next(int at, int end) {
    return Math.min(end, (at / SECTOR + 1) * SECTOR);
  }
}
