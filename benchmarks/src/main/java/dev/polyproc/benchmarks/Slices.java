package dev.polyproc.benchmarks;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * So many steps a second, a few at a time. A slice waits for the end of the one before the last:
 * where the server is late, what was not done meanwhile is not made up for.
 *
 * @param perSecond the steps
 */
record Slices(int perSecond) {
  /**
   * No whole number of them is a millisecond, so that they do not keep step with a {@link Probe}.
   */
  private static final double SECONDS = 0.000_7;

  /** Does the steps of a slice. */
  @FunctionalInterface
  interface Slice {
    /** Begins with these steps; completes with the last of them. */
    CompletableFuture<?> begin(int from, int to) throws Exception;
  }

  /** Does so many steps. */
  void run(int steps, Slice slice) throws Exception {
    int size = (int) Math.max(1, Math.round(perSecond * SECONDS));
    long nanos = Math.round(1e9 * size / perSecond);
    long due = System.nanoTime();
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    for (int from = 0; from < steps; from += size) {
      sleepUntil(due);
      CompletableFuture<?> next = slice.begin(from, Math.min(from + size, steps));
      last.join();
      last = next;
      due = Math.max(due + nanos, System.nanoTime());
    }
    last.join();
  }

  static void sleepUntil(long nanoTime) {
    for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
