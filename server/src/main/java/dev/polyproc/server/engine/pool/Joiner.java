package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.v1.PoolJoinResponse;

/** A Join that waits until nothing is left to do. */
final class Joiner extends Parked {
  Joiner(Invocation call) {
    super(call);
  }

  static Answer joined(boolean all) {
    return Answer.of(PoolJoinResponse.newBuilder().setJoined(all).build());
  }

  @Override
  protected Answer expired() {
    return joined(false);
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPoolJoiner(true);
  }
}
