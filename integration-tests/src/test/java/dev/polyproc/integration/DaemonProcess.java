package dev.polyproc.integration;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A daemon that runs, with all its files in one folder. Closing it kills it. */
final class DaemonProcess implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

  private final Launch launch;
  private final Process process;
  private @Nullable List<Integer> ports;

  DaemonProcess(Launch launch, Process process) {
    this.launch = launch;
    this.process = process;
  }

  DaemonProcess awaitReady() {
    await()
        .atMost(START)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !process.isAlive() || readyLine().startsWith("polyprocd ready"));
    return ready();
  }

  /** Waits until it listens, also where nobody can see what it prints. */
  DaemonProcess awaitPort() {
    await().atMost(START).until(() -> !process.isAlive() || Files.exists(launch.portFile()));
    return ready();
  }

  String readyLine() {
    return read(launch.output());
  }

  /** What it wrote to its standard error. */
  String log() {
    return read(launch.log());
  }

  Path socket() {
    return launch.socket();
  }

  Path tokenFile() {
    return launch.socket().resolveSibling("token");
  }

  String token() {
    return read(tokenFile()).strip();
  }

  int port() {
    return ports().get(0);
  }

  /** The port of {@code --listen}. */
  int listenPort() {
    return ports().get(1);
  }

  /** As the daemon wrote them when it was ready: the file goes with it. */
  private List<Integer> ports() {
    List<Integer> known = ports;
    if (known == null) {
      known = read(launch.portFile()).lines().map(Integer::valueOf).toList();
      ports = known;
    }
    return known;
  }

  private DaemonProcess ready() {
    if (!process.isAlive()) {
      throw new IllegalStateException("Expected a daemon, but it ended:\n" + log());
    }
    if (Files.exists(launch.portFile())) {
      ports();
    }
    return this;
  }

  long pid() {
    return process.pid();
  }

  /** How many threads it has whose names begin so; the kernel knows 15 letters of each. */
  long threads(String prefix) {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      return threads.filter(thread -> threadName(thread).startsWith(prefix)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String threadName(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"));
    } catch (IOException e) {
      return ""; // It has ended meanwhile.
    }
  }

  /** The process itself, where another one started it: {@code unshare}, say. */
  ProcessHandle inside() {
    return process.children().findFirst().orElseThrow();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Sends a signal such as "TERM". */
  void signal(String name) {
    Signals.send(name, process.pid());
  }

  /** Waits for its end; answers its exit code. */
  int awaitExit(Duration atMost) {
    try {
      if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("Expected the daemon to end within " + atMost);
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The memory it has in RAM, in bytes, now. */
  long residentBytes() {
    return 1024 * status("VmRSS");
  }

  /** The most memory it ever had in RAM, in bytes. */
  long peakResidentBytes() {
    return 1024 * status("VmHWM");
  }

  /**
   * The same without what is of files, such as the archive of classes: a system that is short of
   * memory drops that and reads it again, and ends no container for it.
   */
  long peakOwnBytes() {
    return peakResidentBytes() - 1024 * status("RssFile");
  }

  private long status(String field) {
    List<String> lines = read(Path.of("/proc/" + pid() + "/status")).lines().toList();
    return lines.stream()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("Expected a live daemon:\n" + log()));
  }

  /** Kills it and leaves its folder as it is. */
  void kill() {
    process.destroyForcibly();
    awaitExit(Duration.ofSeconds(10));
  }

  @Override
  public void close() {
    kill();
    launch.deleteFolder();
  }

  private static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
