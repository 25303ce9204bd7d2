package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A garbage collector that the daemon could have.
 *
 * @param name of it, for people
 * @param option that chooses it
 */
record Collector(String name, String option) {
  /** What the others are compared with. */
  static final Collector SERIAL = new Collector("serial", "-XX:+UseSerialGC");

  /** Those that another JVM may lack. */
  static final List<Collector> OTHERS =
      List.of(
          new Collector("G1", "-XX:+UseG1GC"),
          new Collector("Shenandoah", "-XX:+UseShenandoahGC"),
          new Collector("ZGC", "-XX:+UseZGC"));

  /** Whether the JVM that runs this has it. */
  boolean isThere() throws IOException, InterruptedException {
    return run(List.of("-version")) == 0;
  }

  /** Makes the archive of the daemon's loaded classes, as the build does. */
  void archive(Path archive, Path jar) throws IOException, InterruptedException {
    int exit =
        run(
            List.of(
                "-XX:ArchiveClassesAtExit=" + archive,
                "-cp",
                jar.toString(),
                "dev.polyproc.server.Rehearsal"));
    if (exit != 0) {
      throw new IOException("Expected an archive of classes with " + name + ", but got none");
    }
  }

  private int run(List<String> arguments) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(option));
    words.addAll(arguments);
    return new ProcessBuilder(Java.command(words))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
