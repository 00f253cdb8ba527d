package dev.duet.broker.disk.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class IoReasonTest {
  private static void says(IOException e, String words) {
    assertThat(IoReason.of(e)).isEqualTo(words);
  }

  @Test
  void whatOnlyNamesAFileGetsAReason() {
    says(
        new AccessDeniedException("/data/os"),
        "/data/os: this user may not do that (permission denied)");
    says(new NoSuchFileException("/data/os"), "/data/os: it is not there");
    says(new FileAlreadyExistsException("/data/os"), "/data/os: it is there already");
    says(new FileSystemException("/data/os"), "/data/os: FileSystemException");
  }

  @Test
  void aReasonStays() {
    says(new FileSystemException("/data", null, "Is a directory"), "/data: Is a directory");
    says(new NoSuchFileException("/data", null, "gone"), "/data: gone");
    says(new IOException("Input/output error"), "Input/output error");
  }

  @Test
  void whatSaysNothingIsNotNull() {
    says(new ClosedByInterruptException(), "the thread was interrupted");
    says(new ClosedChannelException(), "the file is closed");
    says(new IOException(), "IOException");
    says(new IOException(" "), "IOException");
    says(new AccessDeniedException(null), "this user may not do that (permission denied)");
  }
}
