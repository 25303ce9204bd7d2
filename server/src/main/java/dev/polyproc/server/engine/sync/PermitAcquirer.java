package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PermitAcquirerState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Waited;
import dev.polyproc.v1.SemaphoreAcquireResponse;

/** An Acquire that waits for permits. */
final class PermitAcquirer extends LeasedAcquirer {
  private final int permits;
  private final PermitTerms terms;

  PermitAcquirer(Invocation call, int permits, PermitTerms terms) {
    super(call, terms.lease());
    this.permits = permits;
    this.terms = terms;
  }

  static PermitAcquirer restored(Invocation call, ParkedState state) {
    PermitAcquirerState wants = state.getPermitAcquirer();
    return new PermitAcquirer(
        call,
        wants.getPermits(),
        new PermitTerms(restoredLease(wants.getLease()), wants.getByToken()));
  }

  int permits() {
    return permits;
  }

  PermitTerms terms() {
    return terms;
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
        PermitAcquirerState.newBuilder()
            .setPermits(permits)
            .setLease(savedLease())
            .setByToken(terms.byToken()));
  }
}
