package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PoolTakerState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.PoolTakeResponse;
import java.util.List;

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
   * @param ended which runs were over that were completed along with it
   */
  record Terms(int max, int ahead, long lease, List<Long> ended) {
    /** An answer that has no runs yet. */
    PoolTakeResponse.Builder answer() {
      return PoolTakeResponse.newBuilder().addAllEnded(ended);
    }

    /** Nothing to run. */
    Answer nothing(boolean retire) {
      return Answer.of(answer().setRetire(retire).build());
    }
  }

  Taker(Invocation call, Terms terms) {
    super(call);
    this.terms = terms;
  }

  static Taker restored(Invocation call, ParkedState state) {
    PoolTakerState saved = state.getPoolTaker();
    long lease = saved.getLease() == 0 ? Timers.NEVER : saved.getLease();
    return new Taker(
        call,
        new Terms(saved.getMax(), saved.getAhead(), lease, List.copyOf(saved.getEndedList())));
  }

  Terms terms() {
    return terms;
  }

  @Override
  protected Answer expired() {
    return terms.nothing(false);
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPoolTaker(
        PoolTakerState.newBuilder()
            .setMax(terms.max)
            .setAhead(terms.ahead)
            .addAllEnded(terms.ended)
            .setLease(terms.lease == Timers.NEVER ? 0 : terms.lease));
  }
}
