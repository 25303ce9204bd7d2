package dev.polyproc.server.engine.time;

/** The engine's time, and the numbers that only grow. */
public final class Clock {
  private static final long NANOS_PER_NUMBER = 1_000;

  private long now;
  private long seen;
  private final long first;
  private long lastNumber;
  private long lastToken;

  /**
   * A clock of a state that begins.
   *
   * @param started when, in nanoseconds since 1970. The numbers start from the microseconds of it,
   *     so that none comes twice, nor any of an earlier state: unless that gave out more than a
   *     million numbers a second, all the time that it lived. They stay below 2^53 until 2255.
   */
  public Clock(long started) {
    this.now = started;
    this.seen = started;
    this.first = started / NANOS_PER_NUMBER;
    this.lastNumber = first;
    this.lastToken = first;
  }

  /** The engine's time in nanoseconds since 1970; it only grows. */
  public long now() {
    return now;
  }

  public void advanceTo(long time) {
    now = Math.max(now, time);
    seen = now;
  }

  /** The time as reads see it: no entry may have come for a while. */
  public long seen() {
    return seen;
  }

  public void seen(long time) {
    seen = Math.max(now, time);
  }

  /** The time {@code nanos} from now, or {@link Timers#NEVER} where time does not reach. */
  public long in(long nanos) {
    return nanos >= Timers.NEVER - now ? Timers.NEVER : now + nanos;
  }

  /** A number above all given before, to anything. */
  public long nextNumber() {
    return ++lastNumber;
  }

  /** A fencing token above all given before. */
  public long nextToken() {
    return ++lastToken;
  }

  /** The highest number given so far. */
  public long lastNumber() {
    return lastNumber;
  }

  /**
   * Whether a number was given before this state began, if it was given at all: by a daemon that
   * kept nothing, before it was restarted.
   */
  public boolean isBeforeStart(long number) {
    return number > 0 && number <= first;
  }

  /** Whether the state began after a daemon that was started in a microsecond since 1970. */
  public boolean beganAfter(long micros) {
    return micros > 0 && micros < first;
  }

  public long lastToken() {
    return lastToken;
  }

  public void restore(long time, long number, long token) {
    advanceTo(time);
    lastNumber = number;
    lastToken = token;
  }
}
