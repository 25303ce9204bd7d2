package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.BarrierPartyState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierWaitResponse;

/** A Wait at a barrier: a party of a round. Whoever waits and leaves breaks it. */
final class BarrierParty extends Parked {
  private final Barrier barrier;
  private final long round;
  private final int index;

  /** A party that came to a round, of which {@code index} others are still to come. */
  BarrierParty(Barrier barrier, Invocation call, long round, int index) {
    super(call);
    this.barrier = barrier;
    this.round = round;
    this.index = index;
  }

  BarrierParty(Barrier barrier, Invocation call, BarrierPartyState saved) {
    this(barrier, call, saved.getRound(), saved.getIndex());
  }

  long round() {
    return round;
  }

  int index() {
    return index;
  }

  /** That all parties of its round have come, and its action is done. */
  void pass() {
    answer(Answer.of(response().setPassed(true).build()));
  }

  /** What the answer says of the party. */
  BarrierWaitResponse.Builder response() {
    return BarrierWaitResponse.newBuilder().setIndex(index).setRound(round);
  }

  @Override
  protected Answer expired() {
    barrier.left(this, BarrierBreakCause.BARRIER_BREAK_CAUSE_TIMEOUT);
    return Answer.of(response().build());
  }

  @Override
  protected void leftUnanswered() {
    barrier.left(this, BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE);
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setBarrierParty(BarrierPartyState.newBuilder().setRound(round).setIndex(index));
  }
}
