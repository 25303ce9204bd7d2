package dev.polyproc.server.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Many random runs of the engine against the model.
 *
 * <p>System properties: {@code polyproc.simulation.seeds}, how many seeds (200); {@code
 * polyproc.simulation.entries}, how many entries each (2,000); {@code polyproc.simulation.seed}, to
 * run a single seed again.
 */
final class SimulationTest {
  private static final int SEEDS = Integer.getInteger("polyproc.simulation.seeds", 200);
  private static final int ENTRIES = Integer.getInteger("polyproc.simulation.entries", 2_000);
  private static final int MOST_FAILURES = 3;
  private static final int ENOUGH_SEEDS = 200;
  private static final int ENOUGH_ENTRIES = 2_000;

  @Test
  void shouldDoWhatTheModelSays() {
    Long only = Long.getLong("polyproc.simulation.seed");
    if (only != null) {
      new Simulation(only).run(ENTRIES);
      return;
    }
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    Set<String> corners = new ConcurrentSkipListSet<>();
    LongStream.rangeClosed(1, SEEDS)
        .parallel()
        .filter(seed -> failures.size() < MOST_FAILURES)
        .forEach(
            seed -> {
              Simulation simulation = new Simulation(seed);
              try {
                simulation.run(ENTRIES);
              } catch (AssertionError | RuntimeException e) {
                failures.add(howToRerun(seed) + "\n" + e);
              }
              corners.addAll(simulation.corners());
            });
    assertThat(failures).isEmpty();
    if (SEEDS >= ENOUGH_SEEDS && ENTRIES >= ENOUGH_ENTRIES) {
      List<String> missed = interesting();
      missed.removeAll(corners);
      assertThat(missed).as("what the runs should have come across").isEmpty();
    }
  }

  /** What the runs must come across, lest they grow dull unnoticed. */
  private static List<String> interesting() {
    List<String> interesting =
        new ArrayList<>(
            List.of(
                "LockService/Release refused ERROR_REASON_NOT_OWNER",
                "LockService/Release refused ERROR_REASON_STALE_TOKEN",
                "LockService/Acquire refused ERROR_REASON_LOCK_BROKEN later",
                "QueueService/Acknowledge refused ERROR_REASON_RESERVATION_ENDED",
                "QueueService/Get refused ERROR_REASON_CLOSED later",
                "QueueService/Put refused ERROR_REASON_CLOSED later",
                "QueueService/Consume refused ERROR_REASON_CLOSED later",
                "QueueService/Put refused ERROR_REASON_WINDOW_FULL",
                "QueueService/Put refused ERROR_REASON_SEQUENCE_FORGOTTEN",
                "QueueService/Put refused ERROR_REASON_SEQUENCE_REUSED",
                "QueueService/Put refused ERROR_REASON_CANCELLED",
                "QueueService/Put refused ERROR_REASON_GUARD_FAILED",
                "QueueService/Put refused ERROR_REASON_ATTACHMENT_REPLACED",
                "QueueService/Get refused ERROR_REASON_LIMIT_REACHED",
                "SessionService/Open refused ERROR_REASON_LIMIT_REACHED",
                "DictService/Add refused ERROR_REASON_NOT_A_NUMBER",
                "DictService/Set refused ERROR_REASON_INVALID_VALUE"));
    for (String waits :
        List.of(
            "QueueService/Get",
            "QueueService/GetMany",
            "QueueService/Put",
            "QueueService/PutMany",
            "LockService/Acquire",
            "EventService/Wait")) {
      interesting.add(waits + " answered later");
      for (String reason :
          List.of("CANCELLED", "DEADLINE_EXCEEDED", "SESSION_ENDED", "SHUTTING_DOWN")) {
        interesting.add(waits + " refused ERROR_REASON_" + reason + " later");
      }
      interesting.add(waits + " refused ERROR_REASON_OBJECT_DELETED later");
    }
    return interesting;
  }

  private static String howToRerun(long seed) {
    return "Seed "
        + seed
        + " failed. To run it alone: mvn -pl server -am test -Dtest=SimulationTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Dpolyproc.simulation.seed="
        + seed;
  }
}
