package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A garbage collector that the daemon could have.
 *
 * @param name of it, for people
 * @param options that choose it
 */
record Collector(String name, List<String> options) {
  /** What the others are compared with. */
  static final Collector SERIAL = of("serial", "-XX:+UseSerialGC");

  /** Those that are tried; another JVM may lack some. */
  static final List<Collector> OTHERS =
      List.of(
          of("serial, 16 MB of it young", "-XX:+UseSerialGC", "-XX:MaxNewSize=16m"),
          of("serial, 64 MB of it young", "-XX:+UseSerialGC", "-XX:MaxNewSize=64m"),
          of("Shenandoah", "-XX:+UseShenandoahGC"),
          of(
              "Shenandoah that never slows allocation",
              "-XX:+UseShenandoahGC",
              "-XX:+UnlockExperimentalVMOptions",
              "-XX:-ShenandoahPacing"),
          of("G1", "-XX:+UseG1GC"),
          of("G1 with a goal of 10 ms", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=10"),
          of("ZGC", "-XX:+UseZGC"));

  private static Collector of(String name, String... options) {
    return new Collector(name, List.of(options));
  }

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
    List<String> words = new ArrayList<>(options);
    words.addAll(arguments);
    return new ProcessBuilder(Java.command(words))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
