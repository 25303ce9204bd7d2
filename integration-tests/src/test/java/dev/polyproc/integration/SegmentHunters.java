package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Processes that work on one segment at once. They begin and end when its first element says so.
 */
final class SegmentHunters implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  private final Path folder;
  private final Path socket;
  private final List<Process> processes = new ArrayList<>();

  SegmentHunters(Path folder, DaemonProcess daemon) {
    this.folder = folder;
    this.socket = daemon.socket();
  }

  /** Starts one in Java; see {@link SegmentMain}. */
  Process java(String deed, Path segment, String lock) throws IOException {
    return start(
        Map.of(),
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        SegmentMain.class.getName(),
        deed,
        segment.toString(),
        lock);
  }

  /** Starts one in Python; see {@code memory_hunt.py}. */
  Process python(String deed, String memory, String... more) throws IOException {
    Path stubs = Launch.root().resolve("examples/wordcount/python/stubs");
    assumeTrue(Files.isDirectory(stubs), "Python is not set up");
    return start(
        Map.of("PYTHONPATH", stubs.toString()),
        Stream.concat(
                Stream.of(
                    Puppet.python().toString(),
                    Puppet.script("memory_hunt.py").toString(),
                    deed,
                    memory),
                Stream.of(more))
            .toArray(String[]::new));
  }

  /** Starts a program that needs nothing but the segment, and begins at once. */
  Process other(List<String> command) throws IOException {
    return start(Map.of(), command.toArray(String[]::new));
  }

  private Process start(Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output(processes.size()).toFile());
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + socket);
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private Path output(int number) {
    return folder.resolve("hunter-" + number);
  }

  private String printed(int number) throws IOException {
    return Files.readString(output(number));
  }

  /** Waits until all that were started so far stand at the start. */
  void awaitReady() {
    for (int i = 0; i < processes.size(); i++) {
      int number = i;
      await()
          .atMost(START)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> !processes.get(number).isAlive() || printed(number).contains("ready\n"));
    }
  }

  /** Fails, with what it printed, where one has ended. */
  void requireAlive(List<Process> some) throws IOException {
    for (Process process : some) {
      String printed = printed(processes.indexOf(process));
      assertThat(process.isAlive()).as("one is alive that printed '%s'", printed).isTrue();
    }
  }

  /** Waits until all have ended, and ended well; answers the last line of each. */
  List<String> join() throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < processes.size(); i++) {
      boolean ended = processes.get(i).waitFor(START.toSeconds(), TimeUnit.SECONDS);
      assertThat(ended).as("process %d ends; it printed %s", i, printed(i)).isTrue();
      assertThat(processes.get(i).exitValue()).as(printed(i)).isZero();
      lines.add(printed(i).strip().replaceAll("(?s).*\n", ""));
    }
    return lines;
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }
}
