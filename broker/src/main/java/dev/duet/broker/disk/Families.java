package dev.duet.broker.disk;

import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The families of a log, in the order of the namespaces: a channel belongs to the first whose
/// pattern matches.
final class Families {
  /// Of channels that no namespace takes. Nobody can publish to one; its name may be read.
  private static final String OTHER = "";

  private final List<Namespace> namespaces;
  private final List<Family> families = new ArrayList<>();
  private final Family other;

  /// @param floors per pattern
  Families(Namespaces namespaces, Map<String, Long> floors) {
    this.namespaces = namespaces.list();
    for (Namespace namespace : this.namespaces) {
      families.add(family(namespace.pattern(), namespace.retention(), floors));
    }
    this.other = family(OTHER, Retention.DEFAULT, floors);
  }

  private static Family family(String pattern, Retention retention, Map<String, Long> floors) {
    return new Family(pattern, retention, floors.getOrDefault(pattern, 0L));
  }

  Family of(String channel) {
    for (int i = 0; i < namespaces.size(); i++) {
      if (namespaces.get(i).matches(channel)) {
        return families.get(i);
      }
    }
    return other;
  }

  /// Raises the floor of a namespace.
  void raiseFloor(String pattern, long floor) {
    for (Family family : families) {
      if (family.pattern().equals(pattern)) {
        family.raiseFloor(floor);
      }
    }
  }

  /// The bound on the whole log takes what channels with a history hold up to an offset.
  void evict(long upTo) {
    for (Family family : families) {
      if (family.keeps(Mode.HISTORY)) {
        family.evict(upTo);
      }
    }
  }

  List<Family> all() {
    return families;
  }
}
