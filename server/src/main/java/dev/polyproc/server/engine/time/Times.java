package dev.polyproc.server.engine.time;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.math.BigDecimal;

/** The contract's times, and the engine's nanoseconds. */
public final class Times {
  private static final long NANOS = 1_000_000_000L;
  private static final long MAX_SECONDS = Long.MAX_VALUE / NANOS - 1;

  private Times() {}

  /**
   * The nanoseconds; negative for what is negative or malformed, the largest for what is absurd.
   */
  public static long nanos(Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = duration.getNanos();
    if (seconds < 0 || nanos < 0 || nanos >= NANOS) {
      return -1;
    }
    return seconds > MAX_SECONDS ? Long.MAX_VALUE : seconds * NANOS + nanos;
  }

  /** So many nanoseconds as a text, in seconds, such as "1.5s"; as JSON has durations. */
  public static String text(long nanos) {
    BigDecimal seconds = BigDecimal.valueOf(nanos, 9);
    return (nanos == 0 ? BigDecimal.ZERO : seconds.stripTrailingZeros()).toPlainString() + "s";
  }

  public static Duration duration(long nanos) {
    return Duration.newBuilder().setSeconds(nanos / NANOS).setNanos((int) (nanos % NANOS)).build();
  }

  /** The time {@code nanos} after the beginning of 1970. */
  public static Timestamp timestamp(long nanos) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(nanos, NANOS))
        .setNanos((int) Math.floorMod(nanos, NANOS))
        .build();
  }
}
