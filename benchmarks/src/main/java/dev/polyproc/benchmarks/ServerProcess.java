package dev.polyproc.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, behind a Unix socket. */
final class ServerProcess implements AutoCloseable {
  private static final long START_SECONDS = 30;

  private final Process process;
  private final Path socket;

  /** Starts a server; {@link #awaitSocket} tells when it is there. */
  ServerProcess(Path socket, List<String> command) throws IOException {
    this.socket = socket;
    this.process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy)); // if we are stopped
  }

  /** A daemon of {@code main}, or of a jar, on a socket. */
  static ServerProcess daemon(Path socket, List<String> java) throws IOException {
    return new ServerProcess(socket, daemonCommand(socket, java));
  }

  /** The same on one processor. */
  static ServerProcess daemon(Path socket, List<String> java, Processor processor)
      throws IOException {
    return new ServerProcess(socket, processor.alone(daemonCommand(socket, java)));
  }

  private static List<String> daemonCommand(Path socket, List<String> java) {
    List<String> arguments = new ArrayList<>(java);
    arguments.addAll(List.of("--socket", socket.toString(), "--port", "0"));
    return Java.command(arguments);
  }

  Path socket() {
    return socket;
  }

  long pid() {
    return process.pid();
  }

  /** Waits until the socket is there. */
  ServerProcess awaitSocket() throws InterruptedException {
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
        new ProcessBuilder(Java.tool("jcmd"), Long.toString(pid()), command)
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
