package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PoolTakerState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.PoolTakeResponse;

/** A Take that waits for a task. */
final class Taker extends Parked {
  private final Terms terms;

  /**
   * How tasks are taken.
   *
   * @param max how many at most
   * @param ahead how many of those the worker does not begin with at once
   * @param lease how long they are the caller's without a word, in nanoseconds, or {@link
   *     Timers#NEVER}
   */
  record Terms(int max, int ahead, long lease) {}

  Taker(Invocation call, Terms terms) {
    super(call);
    this.terms = terms;
  }

  static Taker restored(Invocation call, ParkedState state) {
    PoolTakerState saved = state.getPoolTaker();
    long lease = saved.getLease() == 0 ? Timers.NEVER : saved.getLease();
    return new Taker(call, new Terms(saved.getMax(), saved.getAhead(), lease));
  }

  Terms terms() {
    return terms;
  }

  /** Nothing to run. */
  static Answer nothing(boolean retire) {
    return Answer.of(PoolTakeResponse.newBuilder().setRetire(retire).build());
  }

  @Override
  protected Answer expired() {
    return nothing(false);
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPoolTaker(
        PoolTakerState.newBuilder()
            .setMax(terms.max)
            .setAhead(terms.ahead)
            .setLease(terms.lease == Timers.NEVER ? 0 : terms.lease));
  }
}
