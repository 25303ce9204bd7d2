package dev.polyproc.benchmarks;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Rates of ours and of something else, of which those of the same round lie side by side.
 *
 * @param ours how often a second, round by round
 * @param others the same, of what ours is compared with
 */
record Pairs(List<Double> ours, List<Double> others) {
  private static final double MICROS = 1e6;

  /** Of figures that are separated by commas, as programs print them. */
  static Pairs of(String ours, String others) {
    return new Pairs(numbers(ours), numbers(others));
  }

  private static List<Double> numbers(String figures) {
    return Stream.of(figures.split(",")).map(Double::valueOf).toList();
  }

  Sample rates() {
    return Sample.of(ours);
  }

  Sample otherRates() {
    return Sample.of(others);
  }

  /** How many times as fast ours is. */
  Sample ratios() {
    return Sample.of(
        IntStream.range(0, ours.size()).mapToObj(i -> ours.get(i) / others.get(i)).toList());
  }

  /** How many microseconds one takes, of ours. */
  Sample micros() {
    return micros(ours);
  }

  /** The same of the others. */
  Sample otherMicros() {
    return micros(others);
  }

  /** How many times as long ours takes. */
  Sample timeRatios() {
    return new Pairs(others, ours).ratios();
  }

  private static Sample micros(List<Double> rates) {
    return Sample.of(rates.stream().map(rate -> MICROS / rate).toList());
  }
}
