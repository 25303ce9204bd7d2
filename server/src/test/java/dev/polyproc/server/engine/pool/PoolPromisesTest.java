package dev.polyproc.server.engine.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.PoolOutcome;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Many random runs of pools, each judged by what pools promise. System properties: {@code
 * polyproc.pool.seeds}, how many seeds (15); {@code polyproc.pool.seed}, to run a single one again.
 */
final class PoolPromisesTest {
  private static final int SEEDS = Integer.getInteger("polyproc.pool.seeds", 15);
  private static final int STEPS = 300;

  /** What becomes of tasks in one run or the other, lest these grow dull unnoticed. */
  private static final List<PoolOutcome> INTERESTING =
      List.of(
          PoolOutcome.POOL_OUTCOME_SUCCEEDED,
          PoolOutcome.POOL_OUTCOME_FAILED,
          PoolOutcome.POOL_OUTCOME_CANCELLED,
          PoolOutcome.POOL_OUTCOME_WORKER_LOST,
          PoolOutcome.POOL_OUTCOME_TIMED_OUT,
          PoolOutcome.POOL_OUTCOME_EXPIRED);

  @Test
  void shouldKeepWhatPoolsPromiseWhateverHappens() {
    Long only = Long.getLong("polyproc.pool.seed");
    if (only != null) {
      run(only);
      return;
    }
    Set<PoolOutcome> outcomes = new TreeSet<>();
    LongStream.rangeClosed(1, SEEDS).forEach(seed -> outcomes.addAll(run(seed)));
    assertThat(outcomes).containsAll(INTERESTING);
  }

  private static Set<PoolOutcome> run(long seed) {
    try {
      return new RandomPool(seed).run(STEPS);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("With -Dpolyproc.pool.seed=" + seed + ": " + e, e);
    }
  }
}
