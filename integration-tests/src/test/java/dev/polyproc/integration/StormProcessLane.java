package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.PolyProcess;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.ProcessExit;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;

/**
 * Processes that are started, fed, waited for and killed: each runs once, and tells how it ended.
 */
final class StormProcessLane implements StormLane {
  private static final int PROCESSES = 6;
  private static final int KILLED = 9;

  private final String seed;
  private final Polyproc client;

  StormProcessLane(String seed, Polyproc client) {
    this.seed = seed;
    this.client = client;
  }

  @Override
  public List<Task> tasks() {
    return List.of(this::runAll, this::killAll);
  }

  private void runAll() throws Exception {
    for (int i = 0; i < PROCESSES; i++) {
      PolyProcess process =
          client
              .command("sh", "-c", "cat; exit " + i)
              .name(seed + "/p" + i)
              .stdin("fed " + i)
              .start();
      assertThat(process.waitFor().code()).isEqualTo(OptionalInt.of(i));
      assertThat(output(process)).isEqualTo("fed " + i);
    }
  }

  /** A stream of output ends with its connection, and is opened again. */
  private static String output(PolyProcess process) {
    while (true) {
      try (InputStream stdout = process.stdout()) {
        return new String(stdout.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException | PolyprocException e) {
        LockSupport.parkNanos(1_000_000);
      }
    }
  }

  private void killAll() throws Exception {
    for (int i = 0; i < PROCESSES; i++) {
      PolyProcess process = client.command("sleep", "1000").name(seed + "/k" + i).start();
      process.kill();
      ProcessExit exit = process.waitFor();
      assertThat(exit.signal()).isEqualTo(OptionalInt.of(KILLED));
    }
  }

  @Override
  public void check() {
    // All was seen on the way.
  }
}
