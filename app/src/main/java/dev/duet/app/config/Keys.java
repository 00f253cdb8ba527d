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
  private Keys() {}

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
        paths(Config.class, "").stream()
            .filter(path -> path.endsWith("." + key))
            .findFirst()
            .orElse(null);
    return elsewhere != null
        ? problem + "; did you mean " + elsewhere + "?"
        : problem + "; known are " + String.join(", ", known);
  }

  private static List<String> paths(Class<?> type, String group) {
    var paths = new ArrayList<String>();
    for (RecordComponent component : type.getRecordComponents()) {
      String path = group.isEmpty() ? of(component) : group + "." + of(component);
      paths.add(path);
      Class<?> below = component.getType();
      if (component.getGenericType() instanceof ParameterizedType list) {
        below = (Class<?>) list.getActualTypeArguments()[0];
      }
      if (below.isRecord() && below != Size.class) {
        paths.addAll(paths(below, path));
      }
    }
    return paths;
  }
}
