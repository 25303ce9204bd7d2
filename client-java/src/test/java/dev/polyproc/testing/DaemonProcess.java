package dev.polyproc.testing;

import dev.polyproc.client.Polyproc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A daemon in a process of its own, with a socket and a token in a private folder, for the tests of
 * one class:
 *
 * <pre>{@code
 * @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();
 * }</pre>
 *
 * <p>The daemon's jar is the one that the system property {@code polyproc.daemon.jar} names;
 * without it {@code ../server/target/polyprocd.jar}.
 */
public final class DaemonProcess
    implements BeforeAllCallback, AfterEachCallback, AfterAllCallback, AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  private final List<String> options;
  private final Path folder;
  private final List<Polyproc> clients = new ArrayList<>();
  private @Nullable Process process;
  private int port;

  /** A daemon that is not started yet, with more options such as {@code --session-ttl}. */
  public DaemonProcess(String... options) {
    try {
      this.folder = Files.createTempDirectory("polyproc-test-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.options = List.of(options);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    start();
  }

  /** A client for one test, after which it is closed. */
  public Polyproc connect() {
    Polyproc client = Polyproc.connect(address());
    clients.add(client);
    return client;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    clients.forEach(Polyproc::close);
    clients.clear();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  /**
   * Starts the daemon, again in the same folder when it was stopped, and waits until it is ready.
   */
  public DaemonProcess start() throws IOException, InterruptedException {
    Path jar = Path.of(System.getProperty("polyproc.daemon.jar", "../server/target/polyprocd.jar"));
    if (!Files.exists(jar)) {
      throw new IllegalStateException(
          "Expected the daemon's jar at " + jar.toAbsolutePath() + ", but there is none; build it");
    }
    Files.deleteIfExists(portFile());
    List<String> command = new ArrayList<>();
    command.add(JavaProgram.java());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx512m"));
    // The archive of classes beside the jar, where there is one: a third of the time to start.
    command.add("-XX:SharedArchiveFile=" + jar.toString().replaceFirst("jar$", "jsa"));
    command.addAll(List.of("-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"));
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(List.of("--socket", socket().toString(), "--port", "0"));
    command.addAll(List.of("--port-file", portFile().toString()));
    command.addAll(options);
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    process = started;
    long deadline = System.nanoTime() + START.toNanos();
    while (!Files.exists(portFile())) {
      if (started.waitFor(10, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
        throw new IllegalStateException("Expected the daemon to start, but it says: " + output());
      }
    }
    port = Integer.parseInt(read(portFile()).strip());
    return this;
  }

  /** The address on the Unix socket. */
  public String address() {
    return "unix:" + socket();
  }

  /** The port on loopback TCP. */
  public int port() {
    return port;
  }

  /** What the daemon asks for on TCP. */
  public String token() {
    return read(folder.resolve("token"));
  }

  /** What the daemon has written to stdout and stderr. */
  public String output() {
    return Files.exists(log()) ? read(log()) : "";
  }

  /** The process id. */
  public long pid() {
    return running().pid();
  }

  /** Sends a signal, such as {@code STOP}, {@code CONT} or {@code KILL}. */
  public void signal(String signal) throws IOException, InterruptedException {
    signal(pid(), signal);
  }

  /** Sends a signal to any process that the test started; after {@code STOP} it stands still. */
  public static void signal(long pid, String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).inheritIO().start().waitFor();
    while (signal.equals("STOP") && !standsStill(pid)) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Whether all threads of a process stand still: the kernel stops them one by one. */
  private static boolean standsStill(long pid) {
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads) {
        String line = Files.readString(thread.resolve("stat"));
        if ("TZX".indexOf(line.charAt(line.lastIndexOf(')') + 2)) < 0) { // stopped, or dead
          return false;
        }
      }
      return true;
    } catch (IOException gone) { // a thread that ends in between, or the process
      return !Files.exists(Path.of("/proc", Long.toString(pid)));
    }
  }

  /** Ends the daemon as its user would, and waits for that. */
  public void stop() throws InterruptedException {
    running().destroy();
    if (!running().waitFor(10, TimeUnit.SECONDS)) {
      kill();
    }
  }

  /** Ends the daemon at once. */
  public void kill() throws InterruptedException {
    running().destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    try {
      if (process != null) {
        stop();
      }
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      running().destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("Expected a daemon that was started, but it was not");
    }
    return process;
  }

  private Path socket() {
    return folder.resolve("polyproc.sock");
  }

  private Path portFile() {
    return folder.resolve("port");
  }

  private Path log() {
    return folder.resolve("log");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
