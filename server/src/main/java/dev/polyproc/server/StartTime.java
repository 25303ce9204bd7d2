package dev.polyproc.server;

import java.time.Instant;
import java.time.ZoneOffset;

/**
 * The wall time at which a daemon starts, in the engine's nanoseconds since 1970. They end in 2262,
 * and a timeout that reaches beyond never fires; before 1970 they are negative, and so would be the
 * first fencing tokens.
 */
final class StartTime {
  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");
  private static final long NANOS = 1_000_000L;

  private StartTime() {}

  /**
   * The nanoseconds of so many milliseconds; fails where the clock is set to what makes no sense.
   */
  static long nanos(long millis) throws StartException {
    Instant time = Instant.ofEpochMilli(millis);
    if (time.isBefore(EARLIEST) || !time.isBefore(LATEST)) {
      throw new StartException(
          "Expected a clock between 1970 and 2200, but it says "
              + time.atOffset(ZoneOffset.UTC).toLocalDate()
              + "; set the clock");
    }
    return millis * NANOS;
  }
}
