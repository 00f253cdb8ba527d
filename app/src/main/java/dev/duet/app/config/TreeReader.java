package dev.duet.app.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Reads the nodes of a YAML document into the records of [Config]. The records say what there is;
/// this class knows no key. It goes on after what is wrong, so that all of it is told at once.
final class TreeReader {
  /// The line of a mark that stands for a whole source, such as a variable of the environment.
  static final int NO_LINE = -1;

  static final int MAX_PROBLEMS = 50;

  private static final Set<String> EMPTY = Set.of("", "~", "null");

  private record Problem(int line, String text) {}

  private final List<Problem> problems = new ArrayList<>();

  /// @param base holds what `root` does not say
  /// @throws ConfigException with all that is wrong, up to [#MAX_PROBLEMS]
  Config read(Config base, Node root) {
    Object read = record(Config.class, base, root, "");
    if (!problems.isEmpty()) {
      throw complaint();
    }
    return (Config) read;
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
          tell(node, path + " has no '" + key + "', and must have one");
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
        tell(
            tuple == null ? node : tuple.getKeyNode(),
            (path.isEmpty() ? key : path + "." + key) + " " + bad.getMessage());
        return defaults;
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
      tell(
          node,
          "%s must be a group of keys (%s)"
              .formatted(path.isEmpty() ? "the file" : path, String.join(", ", known)));
      return given;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      Node name = tuple.getKeyNode();
      if (!(name instanceof ScalarNode scalar)) {
        tell(name, "a key must be a word");
        continue;
      }
      String key = scalar.getValue();
      if (!known.contains(key)) {
        tell(name, Keys.unknown(key, known, path));
        continue;
      }
      NodeTuple before = given.putIfAbsent(key, tuple);
      if (before != null) {
        tell(
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
      boolean byName = Keys.setting(component).byName() && node instanceof MappingNode;
      return list(
          Keys.elements(component),
          (List<?>) defaults,
          byName ? named((MappingNode) node, Keys.elements(component)) : node,
          path);
    }
    return scalar(type, Keys.setting(component), defaults, node, key, path);
  }

  /// A group as the list that it stands for: what is before each colon is the first key of what
  /// comes after it.
  private static Node named(MappingNode group, Class<?> type) {
    String first = Keys.of(type.getRecordComponents()[0]);
    var elements = new ArrayList<Node>();
    for (NodeTuple tuple : group.getValue()) {
      Node name = tuple.getKeyNode();
      Node rest = tuple.getValueNode();
      var tuples = new ArrayList<NodeTuple>();
      tuples.add(
          new NodeTuple(
              new ScalarNode(
                  Tag.STR, true, first, ScalarStyle.PLAIN, name.getStartMark(), name.getEndMark()),
              name));
      if (rest instanceof MappingNode more) {
        tuples.addAll(more.getValue());
      }
      elements.add(
          rest instanceof MappingNode || isEmpty(rest)
              ? new MappingNode(
                  Tag.MAP, true, tuples, FlowStyle.BLOCK, name.getStartMark(), rest.getEndMark())
              : rest);
    }
    return new SequenceNode(
        Tag.SEQ, true, elements, FlowStyle.BLOCK, group.getStartMark(), group.getEndMark());
  }

  private List<?> list(Class<?> type, List<?> defaults, Node node, String path) {
    if (!(node instanceof SequenceNode sequence)) {
      tell(node, path + " must be a list: [a, b], or lines that begin with a dash");
      return defaults;
    }
    int before = problems.size();
    var values = new ArrayList<>();
    for (Node element : sequence.getValue()) {
      String name = path + "[" + values.size() + "]";
      values.add(
          type.isRecord()
              ? record(type, Keys.defaultOf(type), element, name)
              : scalar(type, null, "", element, element, name));
    }
    // A list without its wrong elements might be wrong for that alone.
    return problems.size() == before ? values : defaults;
  }

  private Object scalar(
      Class<?> type, @Nullable Setting setting, Object defaults, Node node, Node key, String path) {
    if (isEmpty(node)) {
      boolean isWord = node instanceof ScalarNode scalar && scalar.getValue().equals("null");
      tell(
          key,
          path
              + " has no value, but must be "
              + Scalars.allowed(type, setting)
              + (isWord && type == String.class ? "; the word itself is 'null', in quotes" : ""));
    } else if (!(node instanceof ScalarNode scalar)) {
      tell(node, path + " must be a single value: " + Scalars.allowed(type, setting));
    } else {
      try {
        return Scalars.read(type, setting, scalar.getValue());
      } catch (IllegalArgumentException e) {
        tell(
            node,
            "%s is '%s', but must be %s"
                .formatted(path, Scalars.shown(scalar.getValue()), e.getMessage()));
      }
    }
    return defaults;
  }

  private static boolean isEmpty(Node node) {
    return node instanceof ScalarNode scalar
        && scalar.getScalarStyle() == ScalarStyle.PLAIN
        && EMPTY.contains(scalar.getValue());
  }

  private void tell(Node node, String problem) {
    problems.add(new Problem(line(node), place(node) + ": " + problem));
    if (problems.size() == MAX_PROBLEMS) {
      problems.add(
          new Problem(Integer.MAX_VALUE, "there may be more; these are the first " + MAX_PROBLEMS));
      throw complaint();
    }
  }

  private ConfigException complaint() {
    return new ConfigException(
        problems.stream()
            .sorted(Comparator.comparingInt(Problem::line))
            .map(Problem::text)
            .toList());
  }

  private static String place(Node node) {
    Mark mark = node.getStartMark().orElseThrow();
    return mark.getLine() == NO_LINE ? mark.getName() : mark.getName() + ":" + (mark.getLine() + 1);
  }

  private static int line(Node node) {
    return node.getStartMark().orElseThrow().getLine() + 1;
  }
}
