package dev.duet.systemtests.crash;

/// A rule that was broken.
///
/// @param what by which publication, and for whom
record Broken(Rule rule, String what) {
  enum Rule {
    /// Acknowledged, and not in the log.
    LOST,
    /// Never answered, though it was tried until the end.
    UNANSWERED,
    /// Stored twice, or told to a reader twice.
    TWICE,
    /// The publications of a publisher on a channel are not in its order, or a reader's are not in
    /// that of the log.
    ORDER,
    /// Other bytes, another key, or another place than was told.
    CHANGED,
    /// Nobody published it, or it should have been let go.
    INVENTED,
    /// A reader missed it and was not told.
    UNTOLD,
    /// A gap where nothing was missed.
    FALSE_GAP,
    /// Another id of a log than before.
    LOG_ID,
    /// Two answers that contradict each other.
    ANSWERS,
    /// An error or a refusal.
    UNEXPECTED
  }

  @Override
  public String toString() {
    return rule + ": " + what;
  }
}
