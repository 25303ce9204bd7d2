package dev.polyproc.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** A task and what it is compared with, in {@link Turns}. */
final class PeerRow {
  private final Turns turns;
  private final List<double[]> rounds = new ArrayList<>();

  /** Whose first load is compared with the others. */
  PeerRow(Turns turns) {
    this.turns = turns;
  }

  String name() {
    return turns.loads().get(0).name();
  }

  void warmUp() throws Exception {
    var unused = turns.round(0);
  }

  void measure() throws Exception {
    rounds.add(turns.round(rounds.size()));
  }

  Sample rates(int load) {
    return Sample.of(rounds.stream().map(round -> round[load]).toList());
  }

  /** The first load's rates, and those of another. */
  Pairs pairs(int load) {
    return new Pairs(
        rounds.stream().map(round -> round[0]).toList(),
        rounds.stream().map(round -> round[load]).toList());
  }

  /** How many times as fast the first load is as another, round by round. */
  Sample ratios(int load) {
    return Sample.of(rounds.stream().map(round -> round[0] / round[load]).toList());
  }
}
