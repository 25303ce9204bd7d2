package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.time.Timers;

/** A call that waits for what it holds for a time at most. */
abstract class LeasedAcquirer extends Parked {
  private final long lease;

  /**
   * A call that is to hold something.
   *
   * @param lease how long it holds it at most, in nanoseconds, or {@link Timers#NEVER}
   */
  LeasedAcquirer(Invocation call, long lease) {
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
}
