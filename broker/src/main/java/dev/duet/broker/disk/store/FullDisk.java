package dev.duet.broker.disk.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/// Knows a full disk by what strerror(3) says of ENOSPC and EDQUOT: Java tells no numbers. The text
/// is in the language of the process, so the one of ENOSPC is learned from a file that is always
/// full, where there is one; of EDQUOT only the English one is known.
final class FullDisk {
  private static final Path ALWAYS_FULL = Path.of("/dev/full");
  private static final List<String> ENGLISH =
      List.of("No space left on device", "Disk quota exceeded", "Disc quota exceeded");

  private static final FullDisk HERE = new FullDisk(learned(ALWAYS_FULL));

  private final String learned;

  /// @param learned what this platform says, or an empty text
  FullDisk(String learned) {
    this.learned = learned;
  }

  /// Of this process.
  static FullDisk here() {
    return HERE;
  }

  /// Whether a failure says that there is no room on the disk, or for this user.
  boolean says(IOException e) {
    String message = String.valueOf(e.getMessage());
    return ENGLISH.stream().anyMatch(message::contains)
        || (!learned.isEmpty() && message.contains(learned));
  }

  /// What writing to a file that is always full says; an empty text if it is none.
  static String learned(Path full) {
    if (Files.isRegularFile(full)) {
      return "";
    }
    try (FileChannel file = FileChannel.open(full, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1));
      return "";
    } catch (IOException e) {
      return e.getClass() == IOException.class && e.getMessage() != null ? e.getMessage() : "";
    }
  }
}
