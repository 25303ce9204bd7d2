package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PermitAcquirerState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Waited;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.SemaphoreAcquireResponse;

/** An Acquire that waits for permits. */
final class PermitAcquirer extends LeasedAcquirer {
  private final int permits;

  /**
   * An Acquire.
   *
   * @param lease how long it holds the permits at most, in nanoseconds, or {@link Timers#NEVER}
   */
  PermitAcquirer(Invocation call, int permits, long lease) {
    super(call, lease);
    this.permits = permits;
  }

  static PermitAcquirer restored(Invocation call, ParkedState state) {
    PermitAcquirerState wants = state.getPermitAcquirer();
    return new PermitAcquirer(call, wants.getPermits(), restoredLease(wants.getLease()));
  }

  int permits() {
    return permits;
  }

  @Override
  protected Answer expired() {
    return Answer.of(SemaphoreAcquireResponse.getDefaultInstance());
  }

  @Override
  protected String detail(Waited at) {
    return Semaphore.count(permits);
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPermitAcquirer(
        PermitAcquirerState.newBuilder().setPermits(permits).setLease(savedLease()));
  }
}
