package dev.duet.broker.disk.store;

import dev.duet.broker.Durability;
import dev.duet.broker.LogIds;
import dev.duet.broker.disk.store.StateFile.State;
import dev.duet.protocol.Cursor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the last run of a log ended, as its state file says, and which id a start goes by because of
/// that: the log's; a new one, where its past can differ from what was announced; or, until a start
/// could write down what it read, one that others who read the same derive as well.
final class StartIds {
  private static final String CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

  private final StoreSettings settings;
  private final StateFile.@Nullable Read state;
  private final @Nullable State own;
  private final String boot;

  /// @param state what the state file says, or null
  StartIds(StoreSettings settings, StateFile.@Nullable Read state) {
    this.settings = settings;
    this.state = state;
    this.own = state != null && state.own() ? state.state() : null;
    String id = settings.bootId().get();
    this.boot = id.isEmpty() ? StateFile.NO_BOOT : id;
  }

  /// The id of this run of the operating system, or [StateFile#NO_BOOT].
  String boot() {
    return boot;
  }

  /// The mark of a clean stop, or null.
  @Nullable State mark() {
    return own != null && own.clean() ? own : null;
  }

  /// Whether the operating system still is what it was when the log was written.
  boolean isSameBoot() {
    return own != null && !boot.equals(StateFile.NO_BOOT) && own.boot().equals(boot);
  }

  /// Why the log has a new id, or null if it keeps the one that it has.
  @Nullable String change() {
    if (state == null) {
      return "nothing is known of how it ended";
    }
    if (state.backup()) {
      return "this is a backup";
    }
    if (own == null) {
      return "the folder is a copy of another";
    }
    boolean mayMiss = settings.durability() == Durability.OS && mark() == null && !isSameBoot();
    if (!mayMiss) {
      return null;
    }
    return boot.equals(StateFile.NO_BOOT)
        ? "it ended without a clean stop, and the system does not say whether it was started again"
            + " since; what was not synced may be lost"
        : "the system ended without a clean stop, what was not synced may be lost";
  }

  /// What a start read, in so far as another may read something else.
  ///
  /// @param manifest with what was found
  /// @param last offset of the last record
  /// @param found what is missing, of which the manifest did not know
  record Reading(Manifest manifest, long last, List<Hole> found) {
    /// Up to where all is there.
    long prefix() {
      return found.stream().mapToLong(Hole::from).reduce(last, Math::min);
    }
  }

  /// The log's ids, to be written down. Where a start before this one may have gone by an id of its
  /// own ([#unsaved]) that is a past one.
  LogIds written(Reading read) {
    LogIds ids = read.manifest.ids();
    if (change() != null) {
      String id =
          own == null || boot.equals(StateFile.NO_BOOT)
              ? random()
              : derived(read, own.boot() + ' ' + boot);
      return ids.renewed(id, read.prefix(), false);
    }
    if (own == null || !matters(read)) {
      return ids;
    }
    String told = derived(read, own.boot());
    return ids.with(new LogIds.Past(told, read.manifest.position(), true));
  }

  /// Whether a start that cannot write down what it read goes by an id of its own: what it tells
  /// may be gone for the next one.
  boolean matters(Reading read) {
    return !read.found.isEmpty() || mark() == null && settings.durability() == Durability.DISK;
  }

  /// Ids for what could not be written down: the present one is known to those alone who read the
  /// same.
  ///
  /// @param stated whether the state file is known to say which boot this is
  LogIds unsaved(Reading read, boolean stated) {
    String named = stated ? boot : own == null ? null : own.boot();
    return other(read.manifest, named == null ? random() : derived(read, named));
  }

  /// Ids that nobody else knows.
  LogIds unknown(Manifest manifest) {
    return other(manifest, random());
  }

  private static LogIds other(Manifest manifest, String id) {
    return manifest.ids().renewed(id, manifest.position(), true);
  }

  /// Of the same log on the same boot, with the same end and the same holes.
  private static String derived(Reading read, String boots) {
    Manifest manifest = read.manifest;
    var text = new StringBuilder(manifest.ids().current()).append(' ').append(boots);
    text.append(' ').append(read.last).append(' ').append(manifest.position());
    for (Hole hole : read.found) {
      text.append(' ').append(hole.from()).append('-').append(hole.to());
    }
    return id(new SipHash(manifest.salt()).hash(text.toString()));
  }

  private String random() {
    return random(settings);
  }

  static String random(StoreSettings settings) {
    return id(settings.random().nextLong());
  }

  private static String id(long bits) {
    var id = new StringBuilder(Cursor.LOG_ID_LENGTH);
    long rest = bits;
    for (int i = 0; i < Cursor.LOG_ID_LENGTH; i++) {
      id.append(CHARACTERS.charAt((int) Long.remainderUnsigned(rest, CHARACTERS.length())));
      rest = Long.divideUnsigned(rest, CHARACTERS.length());
    }
    return id.toString();
  }
}
