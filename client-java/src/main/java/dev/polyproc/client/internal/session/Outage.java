package dev.polyproc.client.internal.session;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long the daemon has been out of reach, and when to try again. It ends when the daemon takes
 * an attachment; the waits between attempts then begin anew, or are short at least where it did not
 * last longer than the last of them. The event loop's own.
 */
public final class Outage {
  private static final long FIRST_BACKOFF = TimeUnit.MILLISECONDS.toNanos(10);
  private static final long LAST_BACKOFF = TimeUnit.SECONDS.toNanos(1);

  /** The longest wait where the daemon is there, but connections to it do not last. */
  private static final long FLAPPING_BACKOFF = TimeUnit.MILLISECONDS.toNanos(100);

  private final long timeToLive;
  private final LongSupplier nanos;
  private boolean over;
  private long since;
  private long endedAt;
  private long backoff = FIRST_BACKOFF;

  /** An outage that begins now: there has not been any connection. */
  Outage(long timeToLive) {
    this(timeToLive, System::nanoTime);
  }

  /** One by another clock, in nanoseconds. */
  Outage(long timeToLive, LongSupplier nanos) {
    this.timeToLive = timeToLive;
    this.nanos = nanos;
    this.since = nanos.getAsLong();
  }

  /** The daemon has taken an attachment. */
  void end() {
    over = true;
    endedAt = nanos.getAsLong();
  }

  /** The connection broke, and the last word was heard then; one that goes on keeps its begin. */
  void begin(long heardAt) {
    if (over) {
      over = false;
      since = heardAt;
      boolean lasted = nanos.getAsLong() - endedAt > backoff;
      backoff = lasted ? FIRST_BACKOFF : Math.min(backoff, FLAPPING_BACKOFF);
    }
  }

  /** How long the session may still be alive. */
  long remaining() {
    return since + timeToLive - nanos.getAsLong();
  }

  /** How long to wait before the next attempt; longer each time, up to a second. */
  long nextBackoff() {
    long next = Math.min(backoff, Math.max(0, remaining()));
    backoff = Math.min(2 * backoff, LAST_BACKOFF);
    return next;
  }
}
