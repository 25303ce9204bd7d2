package dev.polyproc.integration.multiprocessing;

import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** A process that plays a part in a program, as {@code multiprocessing.Process} does. */
final class Part {
  private final String name;
  private final Process process;

  private Part(String name, Process process) {
    this.name = name;
    this.process = process;
  }

  /**
   * The daemon of {@code Polyproc.connect()}, however long it takes: a machine that starts ten
   * processes at once may be slow to let the daemon answer.
   */
  static Polyproc connect() {
    return Polyproc.builder().waitForDaemon(Duration.ofMinutes(1)).connect();
  }

  /** Starts the program again, with the part's name as its argument; it prints where this does. */
  static Part start(Class<?> program, String name) throws IOException {
    return new Part(
        name,
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // starts sooner
                "-cp",
                System.getProperty("java.class.path"),
                program.getName(),
                name)
            .inheritIO()
            .start());
  }

  /** Waits until the process has ended, and ended well. */
  void join() throws InterruptedException {
    int code = process.waitFor();
    if (code != 0) {
      throw new IllegalStateException("Expected the " + name + " to end with 0, but it is " + code);
    }
  }
}
