package dev.polyproc.integration;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process with the package of {@code client-python} that runs what a test tells it, one after the
 * other: code that finds {@code client} and {@code polyproc}, and what was told before, and leaves
 * what is to be known in {@code answer}.
 */
final class PythonPackage implements AutoCloseable {
  private static final long PREPARE_SECONDS = 300;

  private final Process process;
  private final Writer commands;
  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();

  private record Told(String code, CompletableFuture<String> answer) {}

  private PythonPackage(Process process) {
    this.process = process;
    commands = process.outputWriter(StandardCharsets.UTF_8);
    BufferedReader answers = process.inputReader(StandardCharsets.UTF_8);
    Thread reader = new Thread(() -> read(answers), "answers of Python");
    reader.setDaemon(true);
    reader.start();
  }

  /** What prepare printed: of each Python its version and the program; and what is missing. */
  private static final class Prepared {
    private static final List<String> PROGRAMS = new ArrayList<>();
    private static String missing = "";

    static {
      try {
        Path errors = Files.createTempFile("polyproc-prepare-", ".log");
        Process prepare =
            new ProcessBuilder(Launch.root().resolve("client-python/prepare").toString())
                .redirectError(errors.toFile())
                .start();
        prepare.getOutputStream().close();
        prepare
            .inputReader()
            .lines()
            .map(line -> line.substring(line.indexOf('\t') + 1))
            .forEach(PROGRAMS::add);
        if (!prepare.waitFor(PREPARE_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("Expected client-python/prepare to end, but it runs");
        }
        missing = Files.readString(errors).strip();
        Files.delete(errors);
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The newest Python that has the package; skips the test where there is none. */
  static Path python() {
    assumeTrue(
        !Prepared.PROGRAMS.isEmpty(), "The Python package is not set up: " + Prepared.missing);
    return Path.of(Prepared.PROGRAMS.get(Prepared.PROGRAMS.size() - 1));
  }

  /** One that is connected to a daemon. */
  static PythonPackage start(DaemonProcess daemon) {
    ProcessBuilder builder =
        new ProcessBuilder(python().toString(), Puppet.script("python_package.py").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(name -> name.startsWith("POLYPROC_"));
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + daemon.socket());
    try {
      PythonPackage started = new PythonPackage(builder.start());
      started.run("");
      return started;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Has code run, which may wait; what it answers. */
  CompletableFuture<String> tell(String code) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    told.add(new Told(code, answer));
    String line = Base64.getEncoder().encodeToString(code.getBytes(StandardCharsets.UTF_8));
    try {
      commands.write(line + "\n");
      commands.flush();
    } catch (IOException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  /** Runs code, which must end soon, and well; what it answers. */
  String run(String code) {
    return Later.get(tell(code));
  }

  private void read(BufferedReader answers) {
    try {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        String said = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
        Told next = told.remove();
        if (said.startsWith("=")) {
          next.answer.complete(said.substring(1));
        } else {
          fail(next, said.substring(1));
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
    for (Told next = told.poll(); next != null; next = told.poll()) {
      fail(next, "it has ended");
    }
  }

  private static void fail(Told next, String why) {
    next.answer.completeExceptionally(
        new AssertionError("Expected Python to run\n" + next.code + "but " + why));
  }

  /** {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
  }
}
