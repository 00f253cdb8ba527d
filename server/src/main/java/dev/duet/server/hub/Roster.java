package dev.duet.server.hub;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The connections that follow something on a loop: they are numbered, counted, and told to
/// operators. Confined to the loop.
final class Roster {
  private final int loop;
  private final Set<Bundle> bundles = new HashSet<>();

  /// Streams that were begun and are not closed.
  private int streams;

  private long last;

  /// @param loop its number
  Roster(int loop) {
    this.loop = loop;
  }

  /// A number that no other connection of the loop has.
  long number() {
    return ++last;
  }

  /// What a connection is called, for people.
  String name(long number) {
    return loop + "-" + number;
  }

  void add(Bundle bundle) {
    bundles.add(bundle);
  }

  void remove(Bundle bundle) {
    bundles.remove(bundle);
  }

  /// All bundles as they are now.
  List<Bundle> bundles() {
    return List.copyOf(bundles);
  }

  boolean hasBundles() {
    return !bundles.isEmpty();
  }

  /// A stream begins.
  ///
  /// @return its number
  long streamOpened() {
    streams++;
    return number();
  }

  /// A stream that was begun is closed.
  void streamClosed() {
    streams--;
  }

  /// See [HubLoop#connections].
  ConnectionFigures.OfLoop figures(int most, Feeds feeds) {
    int all = bundles.size() + streams;
    var told = new ArrayList<ConnectionFigures>(Math.min(most, all));
    for (Bundle bundle : bundles) {
      if (told.size() == most) {
        break;
      }
      told.add(bundle.figures());
    }
    feeds.streams(most - told.size(), told);
    return new ConnectionFigures.OfLoop(told, all - told.size());
  }
}
