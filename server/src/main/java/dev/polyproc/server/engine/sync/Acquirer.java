package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.LockAcquireResponse;

/** An Acquire that waits for a lock. */
class Acquirer extends Parked {
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

  final long lease() {
    return lease;
  }

  /** Whether it can be served by a lock that is free for it, and in whose line it is the first. */
  boolean isReady() {
    return true;
  }

  /** Takes the lock, which is free for it. */
  Answer serve(Lock lock) {
    return lock.grant(call(), lease);
  }

  /** It was served: so may be others of its owner. */
  void served(Lock lock) {
    lock.serveOwner(call());
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
