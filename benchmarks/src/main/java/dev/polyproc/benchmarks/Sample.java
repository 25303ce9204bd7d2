package dev.polyproc.benchmarks;

import java.util.Arrays;
import java.util.List;

/** Figures of the same thing, measured several times. */
record Sample(double[] sorted) {
  static Sample of(List<Double> figures) {
    double[] sorted = figures.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return new Sample(sorted);
  }

  double median() {
    return quantile(0.5);
  }

  double lowerQuartile() {
    return quantile(0.25);
  }

  double upperQuartile() {
    return quantile(0.75);
  }

  private double quantile(double part) {
    double place = part * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
