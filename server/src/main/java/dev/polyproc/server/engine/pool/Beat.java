package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.v1.PoolHeartbeatResponse;

/** A Heartbeat that waits until its run is cancelled. */
final class Beat extends Parked {
  private final Run run;

  Beat(Invocation call, Run run) {
    super(call);
    this.run = run;
    run.add(this);
  }

  static Answer said(boolean cancelled) {
    return Answer.of(PoolHeartbeatResponse.newBuilder().setCancelled(cancelled).build());
  }

  @Override
  protected Answer expired() {
    return said(false);
  }

  @Override
  protected void left() {
    run.remove(this);
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPoolBeat(run.number());
  }
}
