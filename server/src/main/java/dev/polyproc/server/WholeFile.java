package dev.polyproc.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;

/** A small file for this user only, which others see whole or not at all. */
final class WholeFile {
  private WholeFile() {}

  /** Refuses a path at which no file can be. */
  static void requirePlace(Path file) throws StartException {
    if (Files.isDirectory(file)) {
      throw new StartException("Expected a file at " + file + ", but it is a folder");
    }
    Path folder = file.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new StartException(
          "Expected a folder for " + file.getFileName() + " at " + folder + ", but there is none");
    }
  }

  /**
   * Writes it, in the place of what was there. Until it is whole it has a name that nobody can know
   * before, and is made by nobody else: in a folder where others may write, they could have put a
   * link there.
   */
  static void write(Path file, String content) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              part,
              Set.of(
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.WRITE,
                  LinkOption.NOFOLLOW_LINKS),
              Home.OWN_FILE)) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
