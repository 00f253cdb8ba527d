package dev.duet.app.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/// Reads a configuration from a file of YAML 1.2.
public final class ConfigFile {
  /// A thousand namespaces take about 100 KB.
  static final int MAX_BYTES = 1 << 20;

  private ConfigFile() {}

  /// Reads a file; what it does not say is as in [Config#DEFAULT].
  ///
  /// @throws ConfigException if it cannot be read, is no YAML, or says what is not allowed
  public static Config read(Path file) {
    String name = file.toString();
    try {
      if (Files.isDirectory(file)) {
        throw new ConfigException(name + " is a directory, not a configuration file");
      }
      byte[] bytes;
      try (var in = Files.newInputStream(file)) {
        bytes = in.readNBytes(MAX_BYTES + 1);
      }
      if (bytes.length > MAX_BYTES) {
        throw new ConfigException(name + " is larger than 1 MiB, the most for a configuration");
      }
      return parse(
          name, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (NoSuchFileException e) {
      throw new ConfigException("there is no configuration file " + name);
    } catch (CharacterCodingException e) {
      throw new ConfigException(name + " is not UTF-8");
    } catch (IOException e) {
      throw new ConfigException(name + " cannot be read: " + e.getMessage());
    }
  }

  /// Reads a text.
  ///
  /// @param name of the file, for errors
  static Config parse(String name, String yaml) {
    return compose(name, yaml)
        .map(root -> new TreeReader().read(Config.DEFAULT, root))
        .orElse(Config.DEFAULT);
  }

  /// Reads a text of YAML, whatever it says.
  ///
  /// @param name of the source, for errors
  /// @throws ConfigException if it is none
  static Optional<Node> compose(String name, String yaml) {
    var settings =
        LoadSettings.builder()
            .setLabel(name)
            // Not CoreSchema: its merge keys never end on an alias of their own mapping.
            .setSchema(new JsonSchema())
            .setAllowNonScalarKeys(true)
            .setCodePointLimit(MAX_BYTES)
            .build();
    try {
      return new Compose(settings).composeString(yaml);
    } catch (MarkedYamlEngineException e) {
      String line =
          e.getProblemMark().or(e::getContextMark).map(m -> ":" + (m.getLine() + 1)).orElse("");
      throw new ConfigException(name + line + ": this is not YAML: " + oneLine(e.getProblem()));
    } catch (YamlEngineException e) {
      throw new ConfigException(
          name + ": this is not YAML: " + oneLine(String.valueOf(e.getMessage())));
    }
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
