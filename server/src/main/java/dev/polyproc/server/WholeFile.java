package dev.polyproc.server;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
    make(file, content).close();
  }

  /** Writes it, and leaves it open. */
  static Made make(Path file, String content) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
    FileChannel channel =
        FileChannel.open(
            part,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            Home.OWN_FILE);
    try {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      Object key = key(part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return new Made(file, channel, key);
    } catch (IOException | RuntimeException e) {
      channel.close();
      Files.deleteIfExists(part);
      throw e;
    }
  }

  /**
   * A file that was written and is open. As long as it is, no other file can have its number, not
   * even once it was removed: the system gives numbers away again.
   */
  record Made(Path file, FileChannel channel, @Nullable Object key) implements Closeable {
    /** Whether it lies there still. */
    boolean isThere() throws IOException {
      return key != null && key.equals(WholeFile.key(file));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** Device and inode of what is at a path; null where there is nothing. */
  static @Nullable Object key(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
