package dev.polyproc.server.engine.time;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Limits;

/** Durations of requests, within the limits. */
public final class Durations {
  private static final Duration ZERO = Duration.getDefaultInstance();

  private Duration longest;

  public Durations(Limits limits) {
    this.longest = limits.getDuration();
  }

  /** From now on durations are bounded by these limits. */
  public void limits(Limits limits) {
    longest = limits.getDuration();
  }

  /** A duration in nanoseconds; {@link Timers#NEVER} when absent. */
  public long of(String field, boolean present, Duration duration) {
    if (!present) {
      return Timers.NEVER;
    }
    long nanos = Times.nanos(duration);
    if (nanos < 0 || nanos > Times.nanos(longest)) {
      throw Refusal.duration(field, duration, "0 s to " + longest.getSeconds() + " s");
    }
    return nanos;
  }

  /** The same of one that is at least a nanosecond where it is present. */
  public long positive(String field, boolean present, Duration duration) {
    if (present && duration.equals(ZERO)) {
      throw Refusal.duration(field, duration, "more than 0 s");
    }
    return of(field, present, duration);
  }
}
