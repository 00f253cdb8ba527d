package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32C;

/// A small file of lines that is replaced as a whole: after a crash it is the old one or the new
/// one. Its last line is a checksum of all before it.
final class TextFile {
  /// What a file that is being written ends with.
  static final String NEW = ".new";

  private static final int MOST_BYTES = 64 << 20;
  private static final String CHECK = "check ";

  private final Folder folder;
  private final String name;

  TextFile(Folder folder, String name) {
    this.folder = folder;
    this.name = name;
  }

  /// The lines without the checksum.
  ///
  /// @throws DamagedException if the checksum is missing or wrong, or the file is larger than 64
  ///     MiB
  List<String> read() throws IOException {
    byte[] bytes;
    try (StoredFile file = folder.open(name, false)) {
      long size = file.size();
      if (size > MOST_BYTES) {
        throw new DamagedException(
            name + " has " + size + " bytes, at most " + MOST_BYTES + " are allowed");
      }
      var buffer = ByteBuffer.allocate((int) size);
      int got = file.read(buffer, 0);
      if (got != size) {
        throw new DamagedException(name + " ends after " + got + " of " + size + " bytes");
      }
      bytes = buffer.array();
    }
    String text = text(bytes);
    int last = text.lastIndexOf('\n', text.length() - 2) + 1;
    String check = CHECK + checksum(text.substring(0, last)) + '\n';
    if (!text.startsWith(check, last) || text.length() != last + check.length()) {
      throw new DamagedException(name + ": the checksum in its last line is wrong");
    }
    return text.substring(0, last).lines().toList();
  }

  /// Replaces it. When this fails it may be the new one or the old one that a start finds.
  void write(List<String> lines) throws IOException {
    replace(draft -> lines);
  }

  /// The same with lines that name the identity of the file that they are in.
  void write(Function<String, List<String>> lines) throws IOException {
    replace(draft -> lines.apply(folder.identity(draft)));
  }

  /// The lines of a new file.
  private interface Content {
    /// @param draft the file's name for now
    List<String> in(String draft) throws IOException;
  }

  private void replace(Content content) throws IOException {
    String draft = name + NEW;
    try (StoredFile file = folder.create(draft)) {
      var text = new StringBuilder();
      for (String line : content.in(draft)) {
        text.append(line).append('\n');
      }
      String check = checksum(text.toString());
      text.append(CHECK).append(check).append('\n');
      file.write(StandardCharsets.UTF_8.encode(CharBuffer.wrap(text)), 0);
      file.force();
    }
    folder.rename(draft, name);
    folder.sync();
  }

  /// Whether the file that is there has this identity, so that it is no copy, nor in one.
  boolean is(String identity) throws IOException {
    return folder.is(name, identity);
  }

  private String text(byte[] bytes) throws DamagedException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new DamagedException(name + " is no UTF-8");
    }
  }

  private static String checksum(String text) {
    var crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  // ---- words

  /// A word that may contain anything, without spaces and controls.
  static String escaped(String word) {
    var out = new StringBuilder(word.length());
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c <= ' ' || c == '%' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029) {
        out.append('%').append(HexFormat.of().toHexDigits(c));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /// The opposite of [#escaped].
  ///
  /// @throws IllegalArgumentException if it is no such word
  static String unescaped(String word) {
    var out = new StringBuilder(word.length());
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '%') {
        if (i + 5 > word.length()) {
          throw new IllegalArgumentException("% has four hex digits after it");
        }
        out.append((char) HexFormat.fromHexDigits(word, i + 1, i + 5));
        i += 4;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  /// Reads lines one by one, and says which one is wrong.
  abstract static class Lines {
    private final String file;

    Lines(String file) {
      this.file = file;
    }

    /// One line, as words.
    ///
    /// @return false if its first word is not known
    /// @throws RuntimeException if it is wrong
    abstract boolean line(String[] words);

    /// @param first what the first line must be
    /// @throws IOException that names file and line
    void read(List<String> lines, String first) throws IOException {
      if (lines.isEmpty() || !lines.get(0).equals(first)) {
        throw new UnknownFormatException(
            file
                + ", line 1: is not '"
                + first
                + "'; another version of Duet wrote it: "
                + (lines.isEmpty() ? "" : lines.get(0)));
      }
      List<String> rest = new ArrayList<>(lines.subList(1, lines.size()));
      for (int i = 0; i < rest.size(); i++) {
        String text = rest.get(i);
        String place = file + ", line " + (i + 2) + ": ";
        boolean known;
        try {
          known = line(text.split(" ", -1));
        } catch (RuntimeException e) {
          throw new UnknownFormatException(
              place + "cannot be understood: '" + text + "' (" + e.getMessage() + ")");
        }
        if (!known) {
          throw new UnknownFormatException(
              place + "is not known to this version of Duet: '" + text + "'");
        }
      }
    }
  }
}
