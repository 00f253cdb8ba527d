package dev.duet.systemtests;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// The members of a JSON object: strings as they are, all else as its JSON text.
public final class Json {
  private static final JsonFactory JSON = new JsonFactory();

  private final Map<String, String> values = new HashMap<>();
  private final Set<String> texts = new HashSet<>();

  private Json() {}

  /// @throws AssertionError if it is none
  public static Json object(String json) {
    var object = new Json();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new AssertionError("no object: " + json);
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        int from = (int) parser.currentTokenLocation().getCharOffset();
        if (token == JsonToken.VALUE_STRING) {
          object.values.put(name, parser.getString());
          object.texts.add(name);
        } else if (token != JsonToken.VALUE_NULL) {
          parser.skipChildren();
          parser.finishToken();
          int to = (int) parser.currentLocation().getCharOffset();
          object.values.put(name, json.substring(from, to));
        }
      }
    }
    return object;
  }

  /// The elements of a JSON array of objects, each as its text.
  public static List<String> elements(String array) {
    var elements = new ArrayList<String>();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), array)) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw new AssertionError("no array: " + array);
      }
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        int from = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        elements.add(array.substring(from, (int) parser.currentLocation().getCharOffset()));
      }
    }
    return elements;
  }

  /// A JSON string.
  public static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c < ' ' || c == '"' || c == '\\') {
                quoted.append("\\u%04x".formatted(c));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append('"').toString();
  }

  public boolean has(String name) {
    return values.containsKey(name);
  }

  /// Whether it is a string.
  public boolean isText(String name) {
    return texts.contains(name);
  }

  /// The value, or "" if it is null or not there.
  public String text(String name) {
    return values.getOrDefault(name, "");
  }

  /// The value, or -1 if it is null or not there.
  public long number(String name) {
    String value = text(name);
    return value.isEmpty() ? -1 : Long.parseLong(value);
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
