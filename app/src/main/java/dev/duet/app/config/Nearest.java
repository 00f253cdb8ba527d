package dev.duet.app.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What somebody meant who mistyped a word.
public final class Nearest {
  private static final int MAX_LENGTH = 64;

  private Nearest() {}

  /// The known word that most likely was meant: a third of its letters may be wrong; null if there
  /// is none.
  public static @Nullable String to(String word, List<String> known) {
    String best = null;
    int least = Integer.MAX_VALUE;
    String dashed = Keys.dashed(word).replace('_', '-');
    if (dashed.length() > MAX_LENGTH) {
      return null;
    }
    for (String candidate : known) {
      int distance = distance(dashed, candidate);
      if (distance < least && distance <= Math.max(1, candidate.length() / 3)) {
        least = distance;
        best = candidate;
      }
    }
    return best;
  }

  /// Letters to insert, delete, replace, or swap with their neighbour (optimal string alignment).
  private static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          steps[i][j] = i + j;
          continue;
        }
        int replaced = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        steps[i][j] = Math.min(replaced, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
        }
      }
    }
    return steps[a.length()][b.length()];
  }
}
