package dev.duet.app.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.io.JsonStringEncoder;
import tools.jackson.core.json.JsonFactory;

/// Takes JSON apart without changing it: members and elements keep their text.
public final class JsonText {
  /// A publication may have 500 levels, and pages put some around it.
  private static final int MAX_DEPTH = 600;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(10_000)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private JsonText() {}

  /// The members of an object, each as the text of its value.
  ///
  /// @throws IllegalArgumentException if it is no object
  public static Map<String, String> members(String json) {
    var members = new LinkedHashMap<String, String>();
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
      expect(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        members.put(name, value(parser, json));
      }
      expect(parser.nextToken() == null);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON", e);
    }
    return members;
  }

  /// The elements of an array, each as its text.
  ///
  /// @throws IllegalArgumentException if it is no array
  public static List<String> elements(String json) {
    var elements = new ArrayList<String>();
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
      expect(parser.nextToken() == JsonToken.START_ARRAY);
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        elements.add(value(parser, json));
      }
      expect(parser.nextToken() == null);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON", e);
    }
    return elements;
  }

  /// The text of a string; null of anything else, and of null.
  public static @Nullable String string(@Nullable String json) {
    if (json == null || !json.startsWith("\"")) {
      return null;
    }
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
      expect(parser.nextToken() == JsonToken.VALUE_STRING);
      return parser.getString();
    } catch (JacksonException e) {
      throw new IllegalArgumentException("no JSON", e);
    }
  }

  /// A number; -1 of anything else, and of null.
  public static long number(@Nullable String json) {
    return json != null && json.matches("[0-9]{1,18}") ? Long.parseLong(json) : -1;
  }

  /// A text as a string of JSON.
  public static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + '"';
  }

  private static String value(JsonParser parser, String json) {
    int from = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    parser.finishToken();
    return json.substring(from, (int) parser.currentLocation().getCharOffset());
  }

  private static void expect(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("not the JSON that was expected");
    }
  }
}
