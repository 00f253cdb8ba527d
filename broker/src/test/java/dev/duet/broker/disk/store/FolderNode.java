package dev.duet.broker.disk.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A folder on a [MemoryDisk], under its lock.
///
/// A power loss takes what was done to its entries since its last sync: in half of the cases all
/// after a point in time, as a journal does; else any of it, but nothing is kept of a name after
/// the first thing that is lost of it. So a rename is whole or not at all.
final class FolderNode implements Node {
  private final long id;
  private final Map<String, Node> synced = new TreeMap<>();
  private final Map<String, Node> entries = new TreeMap<>();
  private final List<Entry> changes = new ArrayList<>();

  /// @param node what `name` is from then on, or null
  /// @param before the name that it had before, or null
  private record Entry(String name, @Nullable Node node, @Nullable String before) {
    void apply(Map<String, Node> to) {
      if (node == null) {
        to.remove(name);
      } else {
        to.put(name, node);
      }
      if (before != null) {
        to.remove(before);
      }
    }
  }

  FolderNode(long id) {
    this.id = id;
  }

  @Override
  public long id() {
    return id;
  }

  @Nullable Node get(String name) {
    return entries.get(name);
  }

  /// By name; read only.
  Map<String, Node> entries() {
    return entries;
  }

  void put(String name, Node node) {
    change(new Entry(name, node, null));
  }

  void remove(String name) {
    change(new Entry(name, null, null));
  }

  void rename(String from, String to) {
    Node node = entries.get(from);
    if (node != null && !from.equals(to)) {
      change(new Entry(to, node, from));
    }
  }

  private void change(Entry entry) {
    entry.apply(entries);
    changes.add(entry);
  }

  void sync() {
    synced.clear();
    synced.putAll(entries);
    changes.clear();
  }

  @Override
  public FolderNode crashed(Random random) {
    Map<String, Node> left = new TreeMap<>(synced);
    boolean inOrder = random.nextBoolean();
    int point = random.nextInt(changes.size() + 1);
    Set<String> lost = new HashSet<>();
    for (int i = 0; i < changes.size(); i++) {
      Entry change = changes.get(i);
      boolean kept = inOrder ? i < point : random.nextBoolean();
      if (kept && !lost.contains(change.name()) && !lost.contains(change.before())) {
        change.apply(left);
      } else {
        lost.add(change.name());
        if (change.before() != null) {
          lost.add(change.before());
        }
      }
    }
    var node = new FolderNode(id);
    left.forEach((name, child) -> node.put(name, child.crashed(random)));
    node.sync();
    return node;
  }

  @Override
  public FolderNode copied(Ids ids) {
    var node = new FolderNode(ids.next());
    entries.forEach((name, child) -> node.put(name, child.copied(ids)));
    node.sync();
    return node;
  }
}
