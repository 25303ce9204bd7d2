package dev.polyproc.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** The file that has the ports while the daemon serves them, and says so by being there. */
final class PortFile {
  private final Path file;
  private @Nullable Object ours;
  private boolean ended;

  PortFile(Path file) {
    this.file = file;
  }

  /** The daemon is ready, unless it goes already. */
  synchronized void write(String ports) throws IOException {
    if (!ended) {
      WholeFile.write(file, ports);
      ours = key();
    }
  }

  /** The daemon goes. What another run has written there since stays. */
  synchronized void remove() {
    ended = true;
    try {
      if (ours != null && ours.equals(key())) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      Logging.say("Expected to remove " + file + ", but could not: " + e);
    }
  }

  /** What tells this file from another one under its name; null where there is none. */
  private @Nullable Object key() throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
