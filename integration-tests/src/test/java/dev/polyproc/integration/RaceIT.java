package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A Get is taken back, runs out of time, loses its session or its connection, at the very moment in
 * which a Put could serve it: 4,000 times, 1,600 on the late log, 10,000 in {@code scripts/soak}.
 * Every item is accounted for.
 */
final class RaceIT {
  private static final int ROUNDS_PER_LANE = LateInstallation.many(1_250, 500, 200);
  private static final long SEED = 20_261_121;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  @Test
  @Timeout(180)
  void shouldAccountForEveryItemWhateverHappensToTheGet() {
    long start = System.nanoTime();
    List<RaceLane> lanes = new ArrayList<>();
    for (Disturbance disturbance : Disturbance.values()) {
      for (boolean attached : new boolean[] {false, true}) {
        lanes.add(new RaceLane(daemon.get().socket(), disturbance, attached, SEED + lanes.size()));
      }
    }
    ExecutorService threads = Executors.newFixedThreadPool(lanes.size());
    try {
      List<Future<?>> running = new ArrayList<>();
      for (RaceLane lane : lanes) {
        running.add(threads.submit(() -> lane.run(ROUNDS_PER_LANE)));
      }
      for (Future<?> lane : running) {
        Later.get(lane, 170);
      }
    } finally {
      threads.shutdownNow();
    }
    Map<String, Integer> outcomes = new TreeMap<>();
    lanes.forEach(lane -> outcomes.putAll(lane.outcomes()));
    System.out.printf(
        "%d races in %.1f s: %s%n",
        lanes.size() * ROUNDS_PER_LANE, (System.nanoTime() - start) / 1e9, outcomes);
    assertThat(outcomes.values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo(lanes.size() * ROUNDS_PER_LANE)
        .isEqualTo(LateInstallation.many(10_000, 4_000, 1_600));
  }

  /** What happens to a Get while an item is put. */
  enum Disturbance {
    /** Its session takes it back. */
    CANCEL,
    /** Its time runs out. */
    DEADLINE,
    /** Its session is closed. */
    SESSION_END,
    /** Its connection breaks; the session sends it again over another one. */
    CUT
  }
}
