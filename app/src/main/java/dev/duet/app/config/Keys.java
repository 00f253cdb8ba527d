package dev.duet.app.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The keys of the configuration, as the records of [Config] give them.
final class Keys {
  /// One key of the tree.
  ///
  /// @param path such as `server.port`; below a list `namespaces[].pattern`
  /// @param byDefault the default value
  record Key(String path, RecordComponent component, Object byDefault) {
    Setting setting() {
      return Keys.setting(component);
    }

    /// Whether there are keys below it, and no value of its own.
    boolean isGroup() {
      return component.getType().isRecord() && component.getType() != Size.class;
    }

    boolean isList() {
      return component.getType() == List.class;
    }

    boolean isListOfGroups() {
      return isList() && elements(component).isRecord();
    }

    /// The variable that sets it: `DUET_SERVER_PORT`.
    String variable() {
      return "DUET_" + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
  }

  private Keys() {}

  /// Every key, groups before what is in them; also what is in the elements of lists.
  static List<Key> all() {
    var keys = new ArrayList<Key>();
    walk(Config.DEFAULT, "", keys);
    return keys;
  }

  /// Every key that has a value of its own, which a variable or a flag may set.
  static List<Key> settings() {
    return all().stream().filter(key -> !key.isGroup() && key.path().indexOf('[') < 0).toList();
  }

  /// @throws IllegalArgumentException if there is none
  static Key setting(String path) {
    return settings().stream()
        .filter(key -> key.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(path));
  }

  private static void walk(Object record, String group, List<Key> keys) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      String path = group.isEmpty() ? of(component) : group + "." + of(component);
      var key = new Key(path, component, value(component, record));
      keys.add(key);
      if (key.isGroup()) {
        walk(key.byDefault(), path, keys);
      } else if (key.isListOfGroups()) {
        walk(defaultOf(elements(component)), path + "[]", keys);
      }
    }
  }

  /// What the elements of a list are.
  static Class<?> elements(RecordComponent list) {
    return (Class<?>) ((ParameterizedType) list.getGenericType()).getActualTypeArguments()[0];
  }

  /// A component's key: `ring-bytes` for `ringBytes`.
  static String of(RecordComponent component) {
    return dashed(component.getName());
  }

  static String dashed(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  static Setting setting(RecordComponent component) {
    Setting setting = component.getAnnotation(Setting.class);
    if (setting == null) {
      throw new IllegalStateException(component + " has no @Setting");
    }
    return setting;
  }

  /// The component's value in `record`.
  static Object value(RecordComponent component, Object record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The `DEFAULT` of a record.
  static Object defaultOf(Class<?> type) {
    try {
      return type.getField("DEFAULT").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /// @throws InvocationTargetException if the record's constructor refuses
  static Object construct(Class<?> type, Object[] values) throws InvocationTargetException {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  /// What to say of a key that is none.
  ///
  /// @param known the keys of its group
  /// @param group the group's path, "" for the root
  static String unknown(String key, List<String> known, String group) {
    String problem =
        "unknown key '" + Scalars.shown(key) + "'" + (group.isEmpty() ? "" : " in " + group);
    String near = Nearest.to(key, known);
    if (near != null) {
      return problem + "; did you mean '" + near + "'?";
    }
    String elsewhere =
        all().stream()
            .map(Key::path)
            .filter(path -> path.endsWith("." + key))
            .findFirst()
            .orElse(null);
    return elsewhere != null
        ? problem + "; did you mean " + elsewhere + "?"
        : problem + "; known are " + String.join(", ", known);
  }
}
