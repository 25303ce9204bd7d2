package dev.polyproc.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Rows that are measured together: every round has a window of every row, so that a bad minute of
 * the machine costs each row a round and none its figure.
 */
final class PeerRounds {
  /** Of the compilers that share the warm-up. */
  private static final int PROCESSES = 3;

  private final Pace pace;

  PeerRounds(Pace pace) {
    this.pace = pace;
  }

  /** A row of loads, the first of which is compared with the others. */
  PeerRow row(List<Load> loads) {
    return new PeerRow(new Turns(loads, pace.windowNanos()));
  }

  /** Warms all rows up, then measures them. */
  void measure(List<PeerRow> rows) throws Exception {
    long warm = System.nanoTime() + TimeUnit.SECONDS.toNanos(PROCESSES * pace.warmUpSeconds());
    do {
      for (PeerRow row : rows) {
        Progress.say("warming up: " + row.name());
        row.warmUp();
      }
    } while (System.nanoTime() < warm);
    for (int i = 0; i < pace.rounds(); i++) {
      for (PeerRow row : rows) {
        Progress.say("peers, round " + (i + 1) + ": " + row.name());
        row.measure();
      }
    }
    Progress.clear();
  }
}
