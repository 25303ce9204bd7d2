package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.time.Timers;

/** A call that waits for a lock. */
abstract class Acquirer extends Parked {
  private final long lease;

  /**
   * A call that is to hold a lock.
   *
   * @param lease how long it holds the lock at most, in nanoseconds, or {@link Timers#NEVER}
   */
  Acquirer(Invocation call, long lease) {
    super(call);
    this.lease = lease;
  }

  final long lease() {
    return lease;
  }

  /** A lease as state; {@link #restoredLease} reads it. */
  final long savedLease() {
    return lease == Timers.NEVER ? 0 : lease;
  }

  static long restoredLease(long saved) {
    return saved == 0 ? Timers.NEVER : saved;
  }

  /** How often it holds the lock when it has it. */
  abstract int holds();

  /**
   * Its answer: it has the lock.
   *
   * @param died whether the last holder ended without releasing it
   */
  abstract Answer granted(Lock lock, Hold hold, boolean died);
}
