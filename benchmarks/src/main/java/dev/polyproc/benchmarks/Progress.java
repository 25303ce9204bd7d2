package dev.polyproc.benchmarks;

import java.time.Duration;

/** One line on the terminal that says what is being done. */
final class Progress {
  private static final long START = System.nanoTime();
  private static final boolean SHOWN = System.console() != null;

  private Progress() {}

  static void say(String what) {
    if (SHOWN) {
      Duration since = Duration.ofNanos(System.nanoTime() - START);
      System.err.printf("\r\033[K[%d:%02d] %s", since.toMinutes(), since.toSecondsPart(), what);
    }
  }

  static void clear() {
    if (SHOWN) {
      System.err.print("\r\033[K");
    }
  }
}
