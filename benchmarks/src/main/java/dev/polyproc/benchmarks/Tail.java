package dev.polyproc.benchmarks;

import org.HdrHistogram.Histogram;

/**
 * How long calls took, in nanoseconds: most of them, and the slowest.
 *
 * @param calls how many
 * @param half what half of them took at most
 * @param p99 what 99 of 100 took at most
 * @param p999 what 999 of 1,000 took at most
 * @param slowest what the slowest took
 */
record Tail(long calls, long half, long p99, long p999, long slowest) {
  static Tail of(Histogram nanos) {
    return new Tail(
        nanos.getTotalCount(),
        nanos.getValueAtPercentile(50),
        nanos.getValueAtPercentile(99),
        nanos.getValueAtPercentile(99.9),
        nanos.getMaxValue());
  }

  /** Out of {@link #toLine}. */
  static Tail parse(String line) {
    String[] words = line.split(" ");
    return new Tail(
        Long.parseLong(words[0]),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]));
  }

  /** One line, for another process. */
  String toLine() {
    return calls + " " + half + " " + p99 + " " + p999 + " " + slowest;
  }
}
