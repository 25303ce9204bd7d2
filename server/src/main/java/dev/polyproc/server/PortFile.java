package dev.polyproc.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The file that has the ports while the daemon serves them, and says so by being there. */
final class PortFile {
  private final Path file;
  private WholeFile.@Nullable Made ours;
  private boolean ended;

  PortFile(Path file) {
    this.file = file;
  }

  /** Another run's says "ready" to whoever waits for this daemon. */
  void removeEarlier() throws IOException {
    Files.deleteIfExists(file);
  }

  /** The daemon is ready, unless it goes already. */
  synchronized void write(String ports) throws IOException {
    if (!ended) {
      ours = WholeFile.make(file, ports);
    }
  }

  /** The daemon goes. What another run has written there since stays. */
  synchronized void remove() {
    ended = true;
    try (WholeFile.Made made = ours) {
      if (made != null && made.isThere()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      Logging.say("Expected to remove " + file + ", but could not: " + e);
    }
  }
}
