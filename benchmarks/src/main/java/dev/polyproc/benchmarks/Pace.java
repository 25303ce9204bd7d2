package dev.polyproc.benchmarks;

import java.util.concurrent.TimeUnit;

/**
 * How long a run takes.
 *
 * @param warmUpSeconds of load before anything counts: the compiler needs 20 to 40 on two cores
 * @param windowNanos of one load before it is the next one's turn
 * @param rounds in which each load has a window
 * @param items put and taken in one pipelined round
 * @param starts of each server
 * @param objects of each kind whose memory is measured
 */
record Pace(int warmUpSeconds, long windowNanos, int rounds, int items, int starts, int objects) {
  /** What a figure that counts needs. */
  static final Pace FULL = new Pace(25, TimeUnit.SECONDS.toNanos(1), 11, 1_000_000, 11, 8_000);

  /** What two builds of the daemon need, on one processor; all rows take ten minutes. */
  static final Pace PAIRS = new Pace(20, TimeUnit.SECONDS.toNanos(1), 15, 200_000, 0, 0);

  /** What shows that the benchmark works, and nothing else. */
  static final Pace QUICK = new Pace(1, TimeUnit.MILLISECONDS.toNanos(100), 2, 20_000, 1, 500);
}
