package dev.polyproc.benchmarks;

/**
 * How long the rows of {@link Tails} take.
 *
 * @param part the part of each amount that is done, such as the 1,000th
 * @param seconds of a load, at least
 * @param warmUpPart the part of that for the warm-up
 * @param warmUpSeconds of that before anything counts
 */
record TailPace(int part, double seconds, int warmUpPart, double warmUpSeconds) {
  /** What a figure that counts needs: about ten minutes for each server. */
  static final TailPace FULL = new TailPace(1, 20, 100, 25);

  /** What shows that it works, and nothing else. */
  static final TailPace QUICK = new TailPace(1_000, 0.3, 1, 0.1);
}
