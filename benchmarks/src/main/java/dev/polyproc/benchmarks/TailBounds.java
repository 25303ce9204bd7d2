package dev.polyproc.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What the figures of a {@link Tail} must not be above, in nanoseconds; {@link Long#MAX_VALUE} for
 * those that may be anything.
 */
record TailBounds(long p99, long p999, long slowest) {
  /** How many times that of the empty daemon the 99th percentile may be, whatever goes on. */
  private static final int TIMES_EMPTY = 2;

  private static final long P999 = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long SLOWEST = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long SLOWEST_BY_LARGE_VALUE = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * Those of a load.
   *
   * @param empty what the empty daemon has shown in the same run
   */
  static TailBounds of(TailLoad load, Tail empty) {
    return switch (load) {
      case NOTHING -> new TailBounds(Long.MAX_VALUE, P999, SLOWEST);
      case LARGE_VALUE -> new TailBounds(Long.MAX_VALUE, Long.MAX_VALUE, SLOWEST_BY_LARGE_VALUE);
      default -> new TailBounds(TIMES_EMPTY * empty.p99(), P999, SLOWEST);
    };
  }

  /** Those that are missed, in words; none when all are kept. */
  List<String> missed(Tail tail) {
    List<String> missed = new ArrayList<>();
    compare(missed, "p99", tail.p99(), p99);
    compare(missed, "p99.9", tail.p999(), p999);
    compare(missed, "slowest", tail.slowest(), slowest);
    return missed;
  }

  private static void compare(List<String> missed, String what, long nanos, long most) {
    if (nanos > most) {
      missed.add(String.format(Locale.ROOT, "%s <= %.2f ms", what, most / 1e6));
    }
  }
}
