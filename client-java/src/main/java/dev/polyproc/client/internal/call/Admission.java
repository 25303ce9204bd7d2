package dev.polyproc.client.internal.call;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What one client may have in flight: calls that wait to be sent, wait at the daemon or wait for
 * their replies. It keeps the client's memory bounded, and the daemon's window for the session from
 * overflowing.
 *
 * <p>A call costs 1, and a large one as much as its bytes take of {@link #BYTES}. Whoever has no
 * room waits, the longest first; the event loop, which never waits, may go over by as much again.
 */
public final class Admission {
  /** How many bytes of requests may be in flight. */
  static final long BYTES = 64 << 20;

  private final Permits permits;
  private final int limit;
  private final long bytesPerPermit;

  Admission(int limit) {
    this.limit = limit;
    this.bytesPerPermit = Math.max(1, BYTES / limit);
    this.permits = new Permits(limit);
  }

  /** How many calls may be in flight. */
  int limit() {
    return limit;
  }

  /** The cost of a call of so many bytes. */
  int cost(int bytes) {
    return (int) Math.min(limit, 1 + bytes / bytesPerPermit);
  }

  /** Waits for room. When there is some, it is also there for a thread that was interrupted. */
  void enter(int cost) throws InterruptedException {
    if (permits.hasQueuedThreads() || !permits.tryAcquire(cost)) {
      permits.acquire(cost);
    }
  }

  /** {@link #enter(int)} until so many nanoseconds have passed; answers whether there was room. */
  boolean enter(int cost, long nanos) throws InterruptedException {
    return (!permits.hasQueuedThreads() && permits.tryAcquire(cost))
        || permits.tryAcquire(cost, nanos, TimeUnit.NANOSECONDS);
  }

  /** Waits for room, whoever interrupts. */
  void enterUninterruptibly(int cost) {
    permits.acquireUninterruptibly(cost);
  }

  /** Enters without waiting, as far as an event loop may; false when that is too far. */
  boolean enterAtOnce(int cost) {
    if (permits.availablePermits() - cost < -limit) {
      return false;
    }
    permits.reducePermits(cost);
    return true;
  }

  /** Enters whatever there is room for: what few calls the client itself makes. */
  void enterAnyway(int cost) {
    permits.reducePermits(cost);
  }

  /** Whether nothing is in flight but one call of this cost, or nothing at all when it is 0. */
  boolean isAlone(int cost) {
    return permits.availablePermits() == limit - cost;
  }

  /** Makes room. */
  void leave(int cost) {
    permits.release(cost);
  }

  /** Makes so much room that nobody waits any more, now or later. */
  void open() {
    if (permits.availablePermits() < Integer.MAX_VALUE / 4) {
      permits.release(Integer.MAX_VALUE / 2);
    }
  }

  private static final class Permits extends Semaphore {
    private static final long serialVersionUID = 1;

    Permits(int limit) {
      super(limit, true);
    }

    @Override
    protected void reducePermits(int reduction) {
      super.reducePermits(reduction);
    }
  }
}
