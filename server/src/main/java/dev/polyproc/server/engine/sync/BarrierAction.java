package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.BarrierActionState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.Holder;

/** The action of a round, from the word to run it to the word how it went. */
final class BarrierAction extends Tenure {
  /** What it takes beside the texts of its party. */
  private static final long BYTES = 400;

  private final Barrier barrier;
  private final long round;

  /** An action that who calls is told to run. */
  BarrierAction(Barrier barrier, Invocation call, long round) {
    super(barrier, call, Timers.NEVER);
    this.barrier = barrier;
    this.round = round;
  }

  BarrierAction(Barrier barrier, BarrierActionState saved, Restored restored) {
    super(barrier, saved.getTenure(), restored);
    this.barrier = barrier;
    this.round = saved.getRound();
  }

  /** What an action that the caller runs takes out of the budget. */
  static long footprint(Invocation call) {
    return BYTES + call.textBytes();
  }

  @Override
  protected long bytes() {
    return BYTES;
  }

  long round() {
    return round;
  }

  @Override
  protected void timeIsUp() {
    throw new IllegalStateException("Expected an action to last until it is reported");
  }

  @Override
  public void sessionEnded() {
    barrier.actionLost(round);
  }

  /** Whether it ends in a later entry, as the session that runs it has ended. */
  boolean isOver() {
    Caller session = session();
    return session != null && session.hasEnded();
  }

  Holder describe() {
    return describe("the action of round " + round);
  }

  BarrierActionState save() {
    return BarrierActionState.newBuilder().setTenure(saveTenure()).setRound(round).build();
  }
}
