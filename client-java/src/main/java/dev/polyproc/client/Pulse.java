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
  private final long timeToLive;
  private long heardAt = System.nanoTime();

  /** When the last question was asked that the daemon has answered: it was heard after that. */
  private long aliveAt = heardAt;

  private long aliveAtMillis = System.currentTimeMillis();
  private long askedAt;
  private long askedAtMillis;
  private int silentTicks;
  private @Nullable PendingCall<?> asked;

  Pulse(Calls calls, long timeToLive) {
    this.calls = calls;
    this.timeToLive = timeToLive;
    this.interval = timeToLive / TICKS;
  }

  /** How often to {@link #tick}, in nanoseconds. */
  long interval() {
    return interval;
  }

  /** The daemon was heard. */
  void heard() {
    heardAt = System.nanoTime();
  }

  /**
   * There is a new attachment: whatever comes over it shows that the session was alive by then.
   */
  void attaching() {
    aliveAt = System.nanoTime();
    aliveAtMillis = System.currentTimeMillis();
    asked = null;
  }

  /**
   * Whether it is a time to live since the daemon is known to have heard of the session, so that it
   * may have ended: this process was stopped, or its machine slept. The clock of the day counts,
   * too, as the other one may stand still meanwhile; where it was set, asking once more does no
   * harm.
   */
  boolean wasAway() {
    if (asked != null && asked.isDone() && !asked.isCompletedExceptionally()) {
      aliveAt = askedAt;
      aliveAtMillis = askedAtMillis;
    }
    return System.nanoTime() - aliveAt > timeToLive
        || TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis() - aliveAtMillis) > timeToLive;
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
    boolean unused = wasAway(); // notes the answer to the last question, if there is one
    askedAt = System.nanoTime();
    askedAtMillis = System.currentTimeMillis();
    asked = calls.keepAlive();
    return true;
  }
}
