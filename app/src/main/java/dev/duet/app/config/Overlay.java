package dev.duet.app.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Settings that are given one by one (environment, flags), as the same tree that a file is.
final class Overlay {
  /// A value, and what gave it: `DUET_SERVER_PORT`, `--port`.
  record Given(String origin, String text) {}

  private Overlay() {}

  /// @param given by the path of the setting; every path is one of [Keys#settings()]
  /// @throws ConfigException if the value of a list is no YAML
  static Config over(Config base, Map<String, Given> given) {
    if (given.isEmpty()) {
      return base;
    }
    var root = new LinkedHashMap<String, Object>();
    given.forEach((path, value) -> put(root, path, value));
    return new TreeReader().read(base, mapping(root, ""));
  }

  @SuppressWarnings("unchecked")
  private static void put(Map<String, Object> root, String path, Given value) {
    Map<String, Object> group = root;
    String[] keys = path.split("\\.");
    for (int i = 0; i < keys.length - 1; i++) {
      group = (Map<String, Object>) group.computeIfAbsent(keys[i], k -> new LinkedHashMap<>());
    }
    group.put(keys[keys.length - 1], value);
  }

  @SuppressWarnings("unchecked")
  private static Node mapping(Map<String, Object> group, String path) {
    var tuples = new ArrayList<NodeTuple>();
    Optional<Mark> first = Optional.empty();
    for (Map.Entry<String, Object> entry : group.entrySet()) {
      String below = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
      Node value =
          entry.getValue() instanceof Given given
              ? node(below, given)
              : mapping((Map<String, Object>) entry.getValue(), below);
      first = first.or(value::getStartMark);
      tuples.add(new NodeTuple(scalar(entry.getKey(), value.getStartMark()), value));
    }
    return new MappingNode(Tag.MAP, true, tuples, FlowStyle.BLOCK, first, first);
  }

  private static Node node(String path, Given given) {
    Optional<Mark> mark = Optional.of(mark(given.origin()));
    Keys.Key key = Keys.setting(path);
    if (key.isListOfGroups()) {
      return ConfigFile.compose(given.origin(), given.text()).orElseGet(() -> scalar("", mark));
    }
    if (!key.isList()) {
      return scalar(given.text(), mark);
    }
    List<Node> elements =
        given.text().isBlank()
            ? List.of()
            : List.of(given.text().split(",", -1)).stream()
                .<Node>map(element -> scalar(element.strip(), mark))
                .toList();
    return new SequenceNode(Tag.SEQ, true, elements, FlowStyle.FLOW, mark, mark);
  }

  private static Node scalar(String text, Optional<Mark> mark) {
    return new ScalarNode(Tag.STR, true, text, ScalarStyle.PLAIN, mark, mark);
  }

  private static Mark mark(String origin) {
    return new Mark(origin, 0, TreeReader.NO_LINE, 0, new int[0], 0);
  }
}
