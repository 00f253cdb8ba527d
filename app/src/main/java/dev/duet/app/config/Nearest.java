package dev.duet.app.config;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What somebody meant who mistyped a word.
public final class Nearest {
  private Nearest() {}

  /// The known word that most likely was meant: a third of its letters may be wrong; null if there
  /// is none.
  public static @Nullable String to(String word, List<String> known) {
    String best = null;
    int least = Integer.MAX_VALUE;
    String dashed = Keys.dashed(word).replace('_', '-');
    for (String candidate : known) {
      int distance = distance(dashed, candidate);
      if (distance < least && distance <= Math.max(1, candidate.length() / 3)) {
        least = distance;
        best = candidate;
      }
    }
    return best;
  }

  /// Letters to insert, delete or replace (Levenshtein).
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
