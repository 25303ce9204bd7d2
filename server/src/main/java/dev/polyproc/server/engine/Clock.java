package dev.polyproc.server.engine;

import com.google.protobuf.Duration;
import dev.polyproc.v1.Limits;

/** The engine's time, the durations that are measured from it, and the numbers that only grow. */
public final class Clock {
  private static final Duration ZERO = Duration.getDefaultInstance();

  private final Duration longest;
  private long now;
  private long seen;
  private long lastOrder;
  private long lastToken;

  Clock(Limits limits, long now, long token) {
    this.longest = limits.getDuration();
    this.now = now;
    this.seen = now;
    this.lastToken = token;
  }

  /** The engine's time in nanoseconds since 1970; it only grows. */
  public long now() {
    return now;
  }

  void advanceTo(long time) {
    now = Math.max(now, time);
    seen = now;
  }

  /** The time as reads see it: no entry may have come for a while. */
  public long seen() {
    return seen;
  }

  void seen(long time) {
    seen = Math.max(now, time);
  }

  /** The time {@code nanos} from now, or {@link Timers#NEVER} where time does not reach. */
  public long in(long nanos) {
    return nanos >= Timers.NEVER - now ? Timers.NEVER : now + nanos;
  }

  /** A duration within the limits, in nanoseconds; {@link Timers#NEVER} when absent. */
  public long duration(String field, boolean present, Duration duration) {
    if (!present) {
      return Timers.NEVER;
    }
    long nanos = Times.nanos(duration);
    if (nanos < 0 || nanos > Times.nanos(longest)) {
      throw Refusal.duration(field, duration, "0 s to " + longest.getSeconds() + " s");
    }
    return nanos;
  }

  /** A duration that is absent or at least a nanosecond. */
  public long positiveDuration(String field, boolean present, Duration duration) {
    if (present && duration.equals(ZERO)) {
      throw Refusal.duration(field, duration, "more than 0 s");
    }
    return duration(field, present, duration);
  }

  /** A number above all given before, to anything. */
  public long nextOrder() {
    return ++lastOrder;
  }

  /** A fencing token above all given before. */
  public long nextToken() {
    return ++lastToken;
  }

  /** The highest number given so far. */
  public long lastOrder() {
    return lastOrder;
  }

  long lastToken() {
    return lastToken;
  }

  void restore(long time, long order, long token) {
    advanceTo(time);
    lastOrder = order;
    lastToken = token;
  }
}
