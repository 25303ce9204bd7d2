package dev.polyproc.benchmarks;

import java.util.List;

/**
 * Loads in turn, a window each, round after round: whatever the machine does meanwhile meets all of
 * them.
 */
record Turns(List<? extends Load> loads, long windowNanos) {
  /** One window of each; who is first changes from round to round. Answers the loads' rates. */
  double[] round(int first) throws Exception {
    double[] rates = new double[loads.size()];
    for (int i = 0; i < rates.length; i++) {
      int turn = (first + i) % rates.length;
      rates[turn] = loads.get(turn).perSecond(windowNanos);
      loads.get(turn).tidy();
    }
    return rates;
  }
}
