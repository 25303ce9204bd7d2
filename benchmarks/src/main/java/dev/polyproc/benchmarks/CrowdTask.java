package dev.polyproc.benchmarks;

import java.util.Locale;

/** What many clients do at once. */
enum CrowdTask {
  /** Each puts into a queue of its own, with many puts in flight. */
  PIPELINED_PUT;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
