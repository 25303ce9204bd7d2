package dev.polyproc.client.internal.session;

import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.PendingCall;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a session alive, and notices a daemon or a network that has fallen silent: asks for a word
 * six times in a time to live, and gives a connection up after three without an answer. The event
 * loop's own.
 */
public final class Pulse {
  private static final int TICKS = 6;
  private static final int SILENT_TICKS = 3;

  private final Calls calls;
  private final long interval;
  private final long timeToLive;
  private final LongSupplier nanos;
  private final LongSupplier millis;
  private long heardAt;

  /** When the last question was asked that the daemon has answered: it was heard after that. */
  private long aliveAt;

  private long aliveAtMillis;
  private int silentTicks;
  private @Nullable PendingCall<?> asked;

  Pulse(Calls calls, long timeToLive) {
    this(calls, timeToLive, System::nanoTime, System::currentTimeMillis);
  }

  /** The same with clocks of its own. */
  Pulse(Calls calls, long timeToLive, LongSupplier nanos, LongSupplier millis) {
    this.calls = calls;
    this.nanos = nanos;
    this.millis = millis;
    this.timeToLive = timeToLive;
    this.interval = timeToLive / TICKS;
    this.heardAt = nanos.getAsLong();
    this.aliveAt = heardAt;
    this.aliveAtMillis = millis.getAsLong();
  }

  /** How often to {@link #tick}, in nanoseconds. */
  long interval() {
    return interval;
  }

  /** The daemon was heard. */
  void heard() {
    heardAt = nanos.getAsLong();
  }

  /** There is a new attachment: whatever comes over it shows that the session was alive by then. */
  void attaching() {
    aliveSince(nanos.getAsLong(), millis.getAsLong());
  }

  private void aliveSince(long when, long whenMillis) {
    if (when - aliveAt >= 0) {
      aliveAt = when;
      aliveAtMillis = whenMillis;
    }
  }

  /**
   * Whether it is a time to live since the daemon is known to have heard of the session, so that it
   * may have ended: this process was stopped, or its machine slept. The clock of the day counts,
   * too, as the other one may stand still meanwhile; where it was set, asking once more does no
   * harm.
   */
  boolean wasAway() {
    return nanos.getAsLong() - aliveAt > timeToLive
        || TimeUnit.MILLISECONDS.toNanos(millis.getAsLong() - aliveAtMillis) > timeToLive;
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

  /** What was asked last; null when nothing was on this attachment. */
  @Nullable PendingCall<?> asked() {
    return asked;
  }

  /** Asks for a word; answers false when the connection has been silent for too long. */
  boolean tick() {
    boolean silent = asked != null && !asked.isDone() && nanos.getAsLong() - heardAt > interval / 2;
    silentTicks = silent ? silentTicks + 1 : 0;
    if (silentTicks >= SILENT_TICKS) {
      return false;
    }
    long now = nanos.getAsLong();
    long nowMillis = millis.getAsLong();
    asked = calls.keepAlive();
    var unused = asked.thenRun(() -> aliveSince(now, nowMillis));
    return true;
  }
}
