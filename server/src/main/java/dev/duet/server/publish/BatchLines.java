package dev.duet.server.publish;

import dev.duet.protocol.Draft;
import dev.duet.protocol.DraftMembers;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.protocol.JsonMembers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A body of one publication a line: JSON objects, each ended by LF or CRLF, empty lines skipped.
public final class BatchLines {
  private BatchLines() {}

  /// Reads all of it, before anything is appended.
  ///
  /// @param maxLineBytes largest line
  /// @param idempotencyKey of the whole: line 3 gets `key/3`, unless it has its own; or null
  /// @throws DuetException naming the line, from 1
  public static List<Draft> parse(byte[] body, int maxLineBytes, @Nullable String idempotencyKey) {
    var drafts = new ArrayList<Draft>();
    int line = 0;
    for (int from = 0; from < body.length; ) {
      int to = from;
      while (to < body.length && body[to] != '\n') {
        to++;
      }
      line++;
      int end = to > from && body[to - 1] == '\r' ? to - 1 : to;
      if (!blank(body, from, end)) {
        drafts.add(line(Arrays.copyOfRange(body, from, end), line, maxLineBytes, idempotencyKey));
      }
      if (drafts.size() > PublishLimits.MAX_BATCH_LINES) {
        throw new DuetException(
            ErrorCode.TOO_LARGE,
            "a batch has at most " + PublishLimits.MAX_BATCH_LINES + " publications");
      }
      from = to + 1;
    }
    if (drafts.isEmpty()) {
      throw new DuetException(
          ErrorCode.BAD_JSON, "a batch has at least one line, such as {\"data\":{\"n\":1}}");
    }
    return drafts;
  }

  private static boolean blank(byte[] body, int from, int end) {
    for (int i = from; i < end; i++) {
      if (body[i] != ' ' && body[i] != '\t') {
        return false;
      }
    }
    return true;
  }

  private static Draft line(byte[] text, int number, int maxBytes, @Nullable String key) {
    try {
      if (text.length > maxBytes) {
        throw new DuetException(
            ErrorCode.TOO_LARGE,
            "it has %d bytes; allowed are %d (limits.publication)"
                .formatted(text.length, maxBytes));
      }
      Draft draft =
          DraftMembers.read(
              JsonMembers.parse(text, ErrorCode.BAD_JSON).only("a line", DraftMembers.NAMES), null);
      return key == null || draft.idempotencyKey() != null
          ? draft
          : draft.withIdempotencyKey(key + "/" + number);
    } catch (DuetException e) {
      throw new DuetException(e.code(), "line " + number + ": " + e.detail());
    }
  }
}
