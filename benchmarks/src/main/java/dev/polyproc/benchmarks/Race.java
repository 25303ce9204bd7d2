package dev.polyproc.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Loads in {@link Turns}. Each is compared with the baseline's window of the same round. */
final class Race {
  private final Pace pace;
  private final Load baseline;
  private final List<Load> loads = new ArrayList<>();
  private final List<Double> bounds = new ArrayList<>();

  /** Against what all others are measured. */
  Race(Pace pace, Load baseline) {
    this.pace = pace;
    this.baseline = baseline;
    loads.add(baseline);
  }

  /** A load that must be {@code least} times as fast as the baseline. */
  Race against(Load load, double least) {
    loads.add(load);
    bounds.add(least);
    return this;
  }

  /** A load that is compared for information. */
  Race besides(Load load) {
    return against(load, Double.NaN);
  }

  /** Warms everything up, then measures. */
  void run(Table table, String suffix) throws Exception {
    Turns turns = new Turns(loads, pace.windowNanos());
    long warm = System.nanoTime() + TimeUnit.SECONDS.toNanos(pace.warmUpSeconds());
    do {
      turns.round(0);
      Progress.say("warming up: " + baseline.name() + suffix);
    } while (System.nanoTime() < warm);
    List<double[]> rounds = new ArrayList<>();
    for (int i = 0; i < pace.rounds(); i++) {
      Progress.say(baseline.name() + suffix + " and others, round " + (i + 1));
      rounds.add(turns.round(i));
    }
    Progress.clear();
    for (int i = 1; i < loads.size(); i++) {
      int load = i;
      String what = loads.get(i).name() + suffix;
      Sample rates = Sample.of(rounds.stream().map(round -> round[load]).toList());
      Sample others = Sample.of(rounds.stream().map(round -> round[0]).toList());
      Sample ratios = Sample.of(rounds.stream().map(round -> round[load] / round[0]).toList());
      if (Double.isNaN(bounds.get(i - 1))) {
        table.ratio(what, rates, others, ratios);
      } else {
        table.ratio(what, rates, others, ratios, bounds.get(i - 1));
      }
    }
  }
}
