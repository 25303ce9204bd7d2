package dev.polyproc.server;

import dev.polyproc.server.memory.SegmentFiles;
import dev.polyproc.server.memory.Segments;
import java.nio.file.Files;
import java.nio.file.Path;

/** Segments of shared memory for an assembly in a test. */
public final class OwnSegments {
  private OwnSegments() {}

  /** Makes what has them, in a folder. */
  public static Segments.Factory in(Path folder) {
    return SegmentFiles.in(
        folder,
        folder.resolve("record"),
        (file, content) -> {
          var unused = Files.writeString(file, content);
        });
  }
}
