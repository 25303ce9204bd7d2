package dev.polyproc.benchmarks;

import java.util.List;
import java.util.Locale;

/** What is printed: a line for each figure, with what it must be and whether it is. */
final class Table {
  private int missed;

  /** Begins a part. */
  void section(String title) {
    System.out.printf("%n%s%n", title);
  }

  /** A figure for information. */
  void note(String what, String figure) {
    System.out.printf("  %-48s %s%n", what, figure);
  }

  /** How often a second, beside what it is compared with in the same windows. */
  void ratio(String what, Sample rates, Sample others, Sample ratios, double least) {
    line(
        what,
        against(rates, others, ratios),
        String.format(Locale.ROOT, ">= %.2f", least),
        ratios.median() >= least);
  }

  /** The same, for information. */
  void ratio(String what, Sample rates, Sample others, Sample ratios) {
    note(what, against(rates, others, ratios));
  }

  /** How often a second, beside what it is compared with. */
  void ratio(String what, Pairs pairs, double least) {
    ratio(what, pairs.rates(), pairs.otherRates(), pairs.ratios(), least);
  }

  /** The same, for information. */
  void ratio(String what, Pairs pairs) {
    ratio(what, pairs.rates(), pairs.otherRates(), pairs.ratios());
  }

  private static String against(Sample rates, Sample others, Sample ratios) {
    return String.format(
        Locale.ROOT,
        "%,9.0f /s against %,9.0f /s: %.2f (%.2f to %.2f)",
        rates.median(),
        others.median(),
        ratios.median(),
        ratios.lowerQuartile(),
        ratios.upperQuartile());
  }

  /** A figure beside what it is compared with, of which others took the figures. */
  void ratio(String what, String figures, double ratio, double least) {
    line(what, figures, String.format(Locale.ROOT, ">= %.2f", least), ratio >= least);
  }

  /** Begins a part that compares two builds. */
  void comparison(String title) {
    System.out.printf(
        "%n%-40s %14s %14s  %-22s%n", title, "before /s", "now /s", "now / before, quartiles");
  }

  /**
   * How often a second, of two builds.
   *
   * @param least what the upper quartile of the ratios must be
   */
  void comparison(String what, Sample before, Sample now, Sample ratios, double least) {
    boolean holds = ratios.upperQuartile() >= least;
    if (!holds) {
      missed++;
    }
    System.out.printf(
        Locale.ROOT,
        "  %-38s %,14.0f %,14.0f  %.3f  %.3f  %.3f   >= %.2f  %s%n",
        what,
        before.median(),
        now.median(),
        ratios.lowerQuartile(),
        ratios.median(),
        ratios.upperQuartile(),
        least,
        holds ? "ok" : "MISSED");
  }

  /** How often a second. */
  void rate(String what, Sample rates, double least) {
    line(
        what,
        String.format(
            Locale.ROOT,
            "%,9.0f /s (%,.0f to %,.0f)",
            rates.median(),
            rates.lowerQuartile(),
            rates.upperQuartile()),
        String.format(Locale.ROOT, ">= %,.0f", least),
        rates.median() >= least);
  }

  /** How many milliseconds, beside what it is compared with. */
  void time(String what, Sample millis, Sample others, double most) {
    double ratio = millis.median() / others.median();
    line(
        what,
        String.format(
            Locale.ROOT,
            "%,9.0f ms against %,9.0f ms: %.2f",
            millis.median(),
            others.median(),
            ratio),
        String.format(Locale.ROOT, "<= %.2f", most),
        ratio <= most);
  }

  /** How many megabytes, beside what it is compared with. */
  void megabytes(String what, Sample megabytes, Sample others, double most) {
    double ratio = megabytes.median() / others.median();
    line(
        what,
        String.format(
            Locale.ROOT,
            "%,9.0f MB against %,9.0f MB: %.2f",
            megabytes.median(),
            others.median(),
            ratio),
        String.format(Locale.ROOT, "<= %.2f", most),
        ratio <= most);
  }

  /** How many microseconds one takes, beside what it is compared with. */
  void micros(String what, Pairs pairs, double most) {
    line(
        what,
        micros(pairs),
        String.format(Locale.ROOT, "<= %.2f", most),
        pairs.timeRatios().median() <= most);
  }

  /** The same, for information. */
  void micros(String what, Pairs pairs) {
    note(what, micros(pairs));
  }

  private static String micros(Pairs pairs) {
    Sample ratios = pairs.timeRatios();
    return String.format(
        Locale.ROOT,
        "%,9.0f µs against %,9.0f µs: %.2f (%.2f to %.2f)",
        pairs.micros().median(),
        pairs.otherMicros().median(),
        ratios.median(),
        ratios.lowerQuartile(),
        ratios.upperQuartile());
  }

  /** Begins a part about how long the slowest calls take. */
  void tails(String title) {
    System.out.printf(
        "%n%s: milliseconds%n%48s %10s %10s %10s %10s%n",
        title, "", "p50", "p99", "p99.9", "slowest");
  }

  /** How long calls took. */
  void tail(String what, Tail tail, TailBounds bounds) {
    List<String> those = bounds.missed(tail);
    missed += those.size();
    System.out.printf(
        "%s  %s%n",
        tailLine(what, tail), those.isEmpty() ? "ok" : "MISSED " + String.join(", ", those));
  }

  /** The same, for information. */
  void tail(String what, Tail tail) {
    System.out.println(tailLine(what, tail));
  }

  private static String tailLine(String what, Tail tail) {
    return String.format(
        Locale.ROOT,
        "  %-46s %10.3f %10.3f %10.3f %10.3f",
        what,
        tail.half() / 1e6,
        tail.p99() / 1e6,
        tail.p999() / 1e6,
        tail.slowest() / 1e6);
  }

  private void line(String what, String figure, String bound, boolean holds) {
    if (!holds) {
      missed++;
    }
    System.out.printf("  %-48s %-56s %-10s %s%n", what, figure, bound, holds ? "ok" : "MISSED");
  }

  /** How many bounds were missed. */
  int missed() {
    return missed;
  }
}
