package dev.polyproc.client.internal.wire;

import com.google.protobuf.Duration;
import java.util.concurrent.TimeUnit;

/** Java's ways to say how long, as the contract's. */
public final class Durations {
  private static final long NANOS = 1_000_000_000;

  private Durations() {}

  public static Duration of(java.time.Duration duration) {
    return Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  /** The contract's, as Java's. */
  public static java.time.Duration of(Duration duration) {
    return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  /**
   * A timeout as {@code java.util.concurrent} gives it: what is not positive does not wait, and
   * what is longer than {@code longest} waits that long.
   */
  public static Duration timeout(long timeout, TimeUnit unit, Duration longest) {
    long seconds = unit.toSeconds(Math.max(0, timeout));
    if (seconds >= longest.getSeconds()) {
      return longest;
    }
    long nanos = unit.toNanos(Math.max(0, timeout)) % NANOS;
    return Duration.newBuilder().setSeconds(seconds).setNanos((int) nanos).build();
  }

  /** Nanoseconds; what is longer than 292 years, which a long can count, is that long. */
  public static long nanos(java.time.Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  public static long nanos(Duration duration) {
    return TimeUnit.SECONDS.toNanos(duration.getSeconds()) + duration.getNanos();
  }
}
