package dev.polyproc.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A lease of a file, as Linux gives: whoever opens the file waits in the operating system until the
 * lease is given back, or for 45 seconds. A Python program has it, as Java cannot ask for one.
 */
final class Lease implements AutoCloseable {
  private static final String PROGRAM =
      """
      import fcntl, os, signal, sys, time
      file = os.open(sys.argv[1], os.O_RDWR)
      fcntl.fcntl(file, 10, signal.SIGURG)  # F_SETSIG: another one would end the program
      try:
          fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
      except OSError:
          sys.exit("no leases here")
      print("held", flush=True)
      while fcntl.fcntl(file, fcntl.F_GETLEASE) != fcntl.F_RDLCK:
          time.sleep(0.001)
      print("opening", flush=True)
      sys.stdin.read()
      """;

  private final Process holder;
  private final BufferedReader said;

  private Lease(Process holder) {
    this.holder = holder;
    this.said = holder.inputReader(StandardCharsets.UTF_8);
  }

  /** One of a file that nobody has open. */
  static Lease of(Path file) throws IOException {
    Path python = Launch.root().resolve(".tools/python/bin/python");
    assumeTrue(Files.isExecutable(python), "Python is not set up");
    Lease lease =
        new Lease(
            new ProcessBuilder(python.toString(), "-c", PROGRAM, file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    if (!"held".equals(lease.said.readLine())) {
      lease.close();
      assumeTrue(false, "there are no leases here");
    }
    return lease;
  }

  /** Waits until somebody opens the file. */
  void awaitOpening() throws IOException {
    String line = said.readLine();
    if (!"opening".equals(line)) {
      throw new IOException("Expected to be told that the file is opened, but it said " + line);
    }
  }

  @Override
  public void close() {
    holder.destroyForcibly();
  }
}
