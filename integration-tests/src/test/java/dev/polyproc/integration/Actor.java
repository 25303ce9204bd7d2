package dev.polyproc.integration;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A client that is a process of its own, with a session of its own: made to be killed. */
final class Actor implements AutoCloseable {
  private final Process process;
  private final CompletableFuture<Void> called = new CompletableFuture<>();
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  /** How it calls. */
  enum Way {
    ATTACHED,
    UNARY
  }

  /** What it calls. */
  enum Deed {
    HOLD_LOCK,
    TAKE_ITEM,
    RESERVE_ITEM
  }

  private Actor(Process process) {
    this.process = process;
  }

  static Actor start(Path socket, Way way, long timeToLiveMillis, Deed deed, String object) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            ActorMain.class.getName(),
            socket.toString(),
            way.name(),
            Long.toString(timeToLiveMillis),
            deed.name(),
            object);
    try {
      Actor actor =
          new Actor(
              new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
      Thread reader = new Thread(actor::read, "actor-reader");
      reader.setDaemon(true);
      reader.start();
      return actor;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        (line.equals("called") ? called : done).complete(null);
      }
    } catch (IOException e) {
      // It was killed.
    }
    called.completeExceptionally(new IllegalStateException("The actor ended early"));
    done.completeExceptionally(new IllegalStateException("The actor ended early"));
  }

  /** Waits until its call is on the way. */
  Actor awaitCalled() {
    Later.get(called);
    return this;
  }

  /** Waits until its call is answered. */
  Actor awaitDone() {
    Later.get(done);
    return this;
  }

  /** {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
  }

  /** Stops it where it is, as a debugger or a suspended laptop does. */
  void freeze() {
    Signals.send("STOP", process.pid());
  }

  /** Lets it go on. */
  void thaw() {
    Signals.send("CONT", process.pid());
  }

  /** Waits for its end; answers its exit code. */
  int awaitExit() {
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new AssertionError("Expected the actor to end");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
