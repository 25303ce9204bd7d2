package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, with the flags of {@code scripts/polyprocd}. */
final class JavaProcess implements AutoCloseable {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
  private static final List<String> FLAGS =
      List.of("-XX:+UseSerialGC", "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off");
  private static final long START_SECONDS = 30;

  private final Process process;
  private final Path socket;

  /**
   * Starts a server; {@link #awaitSocket} tells when it is there.
   *
   * @param arguments what stands on the command line after the common flags
   */
  JavaProcess(Path socket, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(JAVA_HOME.resolve("bin/java").toString());
    command.addAll(FLAGS);
    command.addAll(arguments);
    this.socket = socket;
    this.process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
  }

  /** A daemon of {@code main}, or of a jar, on a socket. */
  static JavaProcess daemon(Path socket, List<String> java) throws IOException {
    List<String> arguments = new ArrayList<>(java);
    arguments.addAll(List.of("--socket", socket.toString(), "--port", "0"));
    return new JavaProcess(socket, arguments);
  }

  Path socket() {
    return socket;
  }

  long pid() {
    return process.pid();
  }

  /** Waits until the socket is there. */
  JavaProcess awaitSocket() throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!Files.exists(socket)) {
      if (!process.isAlive() || System.nanoTime() > until) {
        throw new IllegalStateException("Expected a server on " + socket + ", but there is none");
      }
      TimeUnit.MICROSECONDS.sleep(200);
    }
    return this;
  }

  /** What the JDK's jcmd says of it. */
  List<String> ask(String command) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(JAVA_HOME.resolve("bin/jcmd").toString(), Long.toString(pid()), command)
            .redirectErrorStream(true)
            .start();
    List<String> lines;
    try (var reader = jcmd.inputReader()) {
      lines = reader.lines().toList();
    }
    if (jcmd.waitFor() != 0) {
      throw new IOException("Expected an answer to jcmd " + command + ", but got " + lines);
    }
    return lines;
  }

  /** Ends the server, as SIGTERM does. */
  @Override
  public void close() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    Files.deleteIfExists(socket);
  }
}
