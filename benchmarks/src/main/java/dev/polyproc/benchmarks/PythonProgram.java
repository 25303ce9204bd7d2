package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program of {@code benchmarks/python}, and a daemon that is there for it alone. Its lines have
 * words that are separated by tabs; the first says which Python it is.
 *
 * @param folder for the daemon's socket
 * @param python which has the package
 * @param name the program's
 * @param windows how many windows there are in one of the {@link Pace}'s
 */
record PythonProgram(
    Path folder, Installation installation, Path python, String name, int windows) {
  /** The property that says where libraries are that only benchmarks use, if anywhere. */
  private static final String LIBRARIES = "polyproc.python.libraries";

  /** Runs it, and its daemon, there; answers its lines. */
  List<String[]> run(Pace pace, Processor processor) throws Exception {
    try (ServerProcess daemon =
        ServerProcess.daemon(folder.resolve("python.sock"), installation.daemon(), processor)
            .awaitSocket()) {
      return lines(pace, processor, daemon.socket());
    }
  }

  private List<String[]> lines(Pace pace, Processor processor, Path socket) throws Exception {
    double window = pace.windowNanos() / (double) TimeUnit.SECONDS.toNanos(1) / windows;
    ProcessBuilder command =
        new ProcessBuilder(
                processor.alone(
                    List.of(
                        python.toString(),
                        installation.root().resolve("benchmarks/python/" + name).toString(),
                        "unix:" + socket,
                        Integer.toString(pace.warmUpSeconds()),
                        Double.toString(window),
                        Integer.toString(pace.rounds()))))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    String libraries = System.getProperty(LIBRARIES, "");
    if (!libraries.isEmpty()) {
      command.environment().put("PYTHONPATH", libraries);
    }
    Process process = command.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy)); // if we are stopped
    try (var output = process.inputReader()) {
      List<String[]> lines = output.lines().map(line -> line.split("\t")).toList();
      if (process.waitFor() != 0) {
        throw new IOException("Expected figures of " + name + ", but it ended with an error");
      }
      return lines;
    } finally {
      process.destroy();
    }
  }
}
