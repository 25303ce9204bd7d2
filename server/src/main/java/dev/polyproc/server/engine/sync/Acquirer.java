package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.LockAcquireResponse;

/** An Acquire that waits for a lock. */
final class Acquirer extends Parked {
  private final long lease;

  /**
   * An Acquire.
   *
   * @param lease how long it holds the lock at most, in nanoseconds, or {@link Timers#NEVER}
   */
  Acquirer(Invocation call, long lease) {
    super(call);
    this.lease = lease;
  }

  static Acquirer restored(Invocation call, ParkedState state) {
    return new Acquirer(call, state.getAcquirer() == 0 ? Timers.NEVER : state.getAcquirer());
  }

  long lease() {
    return lease;
  }

  @Override
  protected Answer expired() {
    return Answer.of(LockAcquireResponse.getDefaultInstance());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setAcquirer(lease == Timers.NEVER ? 0 : lease);
  }
}
