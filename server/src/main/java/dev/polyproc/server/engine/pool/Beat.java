package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.v1.PoolHeartbeatResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Heartbeat that waits until its run is cancelled, or any of its session's is, or is over. */
final class Beat extends Parked {
  private final @Nullable Run run;
  private final @Nullable Worker worker;

  /** A call that has begun to wait, or does so again as when its state was saved. */
  Beat(Invocation call, @Nullable Run run, @Nullable Worker worker) {
    super(call);
    this.run = run;
    this.worker = worker;
  }

  /** Is found by its run, or by whoever has the session, until it leaves. */
  void listen() {
    if (run != null) {
      run.add(this);
    } else if (worker != null) {
      worker.add(this);
    }
  }

  static Answer said(boolean cancelled) {
    return Answer.of(PoolHeartbeatResponse.newBuilder().setCancelled(cancelled).build());
  }

  /** Says which runs are not to go on. */
  static Answer said(List<Long> runs) {
    return Answer.of(
        PoolHeartbeatResponse.newBuilder().setCancelled(true).addAllRuns(runs).build());
  }

  @Override
  protected Answer expired() {
    return said(false);
  }

  @Override
  protected void left() {
    if (run != null) {
      run.remove(this);
    } else if (worker != null) {
      worker.remove(this);
    }
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPoolBeat(run == null ? 0 : run.number());
  }
}
