package dev.polyproc.broken.engine;

import java.nio.file.Files;
import java.nio.file.Path;

/** Does I/O. */
final class Reader {
  boolean isThere() {
    return Files.exists(Path.of("."));
  }
}
