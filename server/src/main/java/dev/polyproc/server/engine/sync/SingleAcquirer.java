package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.v1.LockAcquireResponse;

/** An Acquire that waits for a lock. */
final class SingleAcquirer extends Acquirer {
  SingleAcquirer(Invocation call, long lease) {
    super(call, lease);
  }

  static SingleAcquirer restored(Invocation call, ParkedState state) {
    return new SingleAcquirer(call, restoredLease(state.getSingleAcquirer()));
  }

  @Override
  Answer serve(Lock lock) {
    return lock.grant(call(), lease());
  }

  @Override
  protected Answer expired() {
    return Answer.of(LockAcquireResponse.getDefaultInstance());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setSingleAcquirer(savedLease());
  }
}
