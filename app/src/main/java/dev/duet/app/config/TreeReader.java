package dev.duet.app.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads the nodes of a YAML document into the records of [Config]. The records say what there is;
/// this class knows no key.
final class TreeReader {
  private static final Set<String> EMPTY = Set.of("", "~", "null");

  private final String file;

  TreeReader(String file) {
    this.file = file;
  }

  Config read(Node root) {
    return (Config) record(Config.class, Config.DEFAULT, root, "");
  }

  /// @param path of the group, "" for the root
  private Object record(Class<?> type, Object defaults, Node node, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Map<String, NodeTuple> given = given(node, components, path);
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      String key = Keys.of(component);
      NodeTuple tuple = given.get(key);
      if (tuple == null) {
        if (Keys.setting(component).required()) {
          throw at(node, path + " has no '" + key + "', and must have one");
        }
        values[i] = Keys.value(component, defaults);
      } else {
        values[i] =
            value(
                component,
                Keys.value(component, defaults),
                tuple.getValueNode(),
                tuple.getKeyNode(),
                path.isEmpty() ? key : path + "." + key);
      }
    }
    try {
      return Keys.construct(type, values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof BadValueException bad) {
        String key = Keys.dashed(bad.component());
        NodeTuple tuple = given.get(key);
        throw at(
            tuple == null ? node : tuple.getKeyNode(),
            (path.isEmpty() ? key : path + "." + key) + " " + bad.getMessage());
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private Map<String, NodeTuple> given(Node node, RecordComponent[] components, String path) {
    var given = new HashMap<String, NodeTuple>();
    if (isEmpty(node)) {
      return given;
    }
    List<String> known = Arrays.stream(components).map(Keys::of).toList();
    if (!(node instanceof MappingNode mapping)) {
      throw at(
          node,
          "%s must be a group of keys (%s)"
              .formatted(path.isEmpty() ? "the file" : path, String.join(", ", known)));
    }
    for (NodeTuple tuple : mapping.getValue()) {
      Node name = tuple.getKeyNode();
      if (!(name instanceof ScalarNode scalar)) {
        throw at(name, "a key must be a word");
      }
      String key = scalar.getValue();
      if (!known.contains(key)) {
        throw at(name, Keys.unknown(key, known, path));
      }
      NodeTuple before = given.putIfAbsent(key, tuple);
      if (before != null) {
        throw at(
            name,
            "%s is given twice, first in line %d"
                .formatted(path.isEmpty() ? key : path + "." + key, line(before.getKeyNode())));
      }
    }
    return given;
  }

  private Object value(
      RecordComponent component, Object defaults, Node node, Node key, String path) {
    Class<?> type = component.getType();
    if (type.isRecord() && type != Size.class) {
      return record(type, defaults, node, path);
    }
    if (type == List.class) {
      var list = (ParameterizedType) component.getGenericType();
      return list((Class<?>) list.getActualTypeArguments()[0], node, path);
    }
    return scalar(type, Keys.setting(component), node, key, path);
  }

  private List<Object> list(Class<?> type, Node node, String path) {
    if (!(node instanceof SequenceNode sequence)) {
      throw at(node, path + " must be a list: [a, b], or lines that begin with a dash");
    }
    var values = new ArrayList<>();
    for (Node element : sequence.getValue()) {
      String name = path + "[" + values.size() + "]";
      values.add(
          type.isRecord()
              ? record(type, Keys.defaultOf(type), element, name)
              : scalar(type, null, element, element, name));
    }
    return values;
  }

  private Object scalar(
      Class<?> type, @Nullable Setting setting, Node node, Node key, String path) {
    if (isEmpty(node)) {
      throw at(key, path + " has no value, but must be " + Scalars.allowed(type, setting));
    }
    if (!(node instanceof ScalarNode scalar)) {
      throw at(node, path + " must be a single value: " + Scalars.allowed(type, setting));
    }
    try {
      return Scalars.read(type, setting, scalar.getValue());
    } catch (IllegalArgumentException e) {
      throw at(
          node,
          "%s is '%s', but must be %s"
              .formatted(path, Scalars.shown(scalar.getValue()), e.getMessage()));
    }
  }

  private static boolean isEmpty(Node node) {
    return node instanceof ScalarNode scalar
        && scalar.getScalarStyle() == ScalarStyle.PLAIN
        && EMPTY.contains(scalar.getValue());
  }

  private ConfigException at(Node node, String problem) {
    return new ConfigException(file + ":" + line(node) + ": " + problem);
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
  }
}
