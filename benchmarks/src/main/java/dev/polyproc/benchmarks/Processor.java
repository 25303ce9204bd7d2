package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One processor for several processes, so that what they cost is all that counts, and not where the
 * scheduler has put whom. It takes {@code taskset}; without it they run on all.
 */
final class Processor {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  /** The words before a command. */
  private final List<String> taskset;

  private Processor(List<String> taskset) {
    this.taskset = taskset;
  }

  /** The first that this process may use. */
  static Processor first() throws IOException {
    Optional<Path> program = Programs.find("taskset");
    if (program.isEmpty() || !Files.isReadable(STATUS)) {
      return new Processor(List.of());
    }
    String first =
        Files.readAllLines(STATUS).stream()
            .filter(line -> line.startsWith(ALLOWED))
            .map(line -> line.substring(ALLOWED.length()).strip().split("[-,]")[0])
            .findFirst()
            .orElseThrow();
    return new Processor(List.of(program.get().toString(), "-c", first));
  }

  /** All that this process may use. */
  static Processor all() {
    return new Processor(List.of());
  }

  /** Whether what it runs has one processor, and not all. */
  boolean isOne() {
    return !taskset.isEmpty();
  }

  /** A command, so that it runs there alone. */
  List<String> alone(List<String> command) {
    List<String> words = new ArrayList<>(taskset);
    words.addAll(command);
    return words;
  }
}
