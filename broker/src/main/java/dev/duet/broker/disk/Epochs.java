package dev.duet.broker.disk;

import dev.duet.broker.Durability;
import dev.duet.broker.Namespace;
import dev.duet.broker.Namespaces;
import dev.duet.broker.Retention;
import dev.duet.broker.Retention.Mode;
import dev.duet.broker.disk.store.Epoch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Since when a channel has been where it is: a namespace that changes its durability, or what it
/// keeps, takes its channels to another log, or begins them anew. Immutable.
final class Epochs {
  /// Most that are remembered; of older ones only that there were some.
  private static final int MOST = 64;

  private final List<Epoch> epochs;
  private final List<List<Namespace>> namespaces = new ArrayList<>();

  Epochs(List<Epoch> epochs) {
    this.epochs = List.copyOf(epochs);
    for (Epoch epoch : this.epochs) {
      namespaces.add(epoch.families().stream().map(Epochs::namespace).toList());
    }
  }

  private static Namespace namespace(Epoch.Family family) {
    return new Namespace(
        family.pattern(), Retention.DEFAULT.withMode(family.mode()), family.durability());
  }

  /// These and the present namespaces, if those differ from the last ones.
  ///
  /// @param offset larger than every offset that was told
  Epochs with(Namespaces present, long offset) {
    List<Epoch.Family> families =
        present.list().stream()
            .map(one -> new Epoch.Family(one.pattern(), one.durability(), one.retention().mode()))
            .toList();
    if (!epochs.isEmpty() && epochs.getLast().families().equals(families)) {
      return this;
    }
    var next = new ArrayList<>(epochs);
    next.add(new Epoch(offset, families));
    return new Epochs(next.subList(Math.max(0, next.size() - MOST), next.size()));
  }

  List<Epoch> list() {
    return epochs;
  }

  /// The offset of the last one.
  long last() {
    return epochs.isEmpty() ? 0 : epochs.getLast().offset();
  }

  /// Up to where nothing of a channel is held, because it was elsewhere, or kept otherwise.
  long moved(String channel) {
    long moved = 0;
    for (int i = 1; i < epochs.size(); i++) {
      if (!Objects.equals(place(i - 1, channel), place(i, channel))) {
        moved = epochs.get(i).offset();
      }
    }
    return moved;
  }

  private record Place(Durability durability, Mode mode) {}

  private @Nullable Place place(int epoch, String channel) {
    for (Namespace one : namespaces.get(epoch)) {
      if (one.matches(channel)) {
        Mode mode = one.retention().mode();
        return new Place(mode == Mode.NONE ? Durability.MEMORY : one.durability(), mode);
      }
    }
    return null;
  }

  /// The floors of the present namespaces: of a pattern that is new the highest of all, because it
  /// may have taken channels of any.
  static Map<String, Long> floors(Map<String, Long> before, Namespaces present) {
    long highest = before.values().stream().mapToLong(Long::longValue).max().orElse(0);
    Map<String, Long> floors = new HashMap<>();
    for (Namespace one : present.list()) {
      floors.put(one.pattern(), before.getOrDefault(one.pattern(), highest));
    }
    return new TreeMap<>(floors);
  }
}
