package dev.polyproc.client;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a session alive, and notices a daemon or a network that has fallen silent: asks for a word
 * six times in a time to live, and gives a connection up after three without an answer. The event
 * loop's own.
 */
final class Pulse {
  private static final int TICKS = 6;
  private static final int SILENT_TICKS = 3;

  private final Calls calls;
  private final long interval;
  private long heardAt = System.nanoTime();
  private long heardAtMillis = System.currentTimeMillis();
  private int silentTicks;
  private @Nullable PendingCall<?> asked;

  Pulse(Calls calls, long timeToLive) {
    this.calls = calls;
    this.interval = timeToLive / TICKS;
  }

  /** How often to {@link #tick}, in nanoseconds. */
  long interval() {
    return interval;
  }

  /** The daemon was heard. */
  void heard() {
    heardAt = System.nanoTime();
    heardAtMillis = System.currentTimeMillis(); // which also goes on while a machine sleeps
  }

  /**
   * Whether nothing was heard for so long that the daemon may have ended the session: this process
   * was stopped, or its machine slept. The daemon has heard from the session at most an interval
   * before it was last heard here.
   */
  boolean wasAway() {
    long silence =
        Math.max(
            System.nanoTime() - heardAt,
            TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis() - heardAtMillis));
    return silence > (TICKS - 1) * interval;
  }

  /** When the daemon was last heard. */
  long heardAt() {
    return heardAt;
  }

  /** There is a new connection, on which nothing was asked. */
  void restart() {
    silentTicks = 0;
    asked = null;
    heard();
  }

  /** Asks for a word; answers false when the connection has been silent for too long. */
  boolean tick() {
    boolean silent = asked != null && !asked.isDone() && System.nanoTime() - heardAt > interval / 2;
    silentTicks = silent ? silentTicks + 1 : 0;
    if (silentTicks >= SILENT_TICKS) {
      return false;
    }
    asked = calls.keepAlive();
    return true;
  }
}
