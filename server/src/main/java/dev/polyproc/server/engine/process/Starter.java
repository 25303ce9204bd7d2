package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;

/**
 * A Start that waits for its process to run. Where its caller gives it up, nobody would know of the
 * process, so that goes too; where its caller is merely gone, the process stays.
 */
final class Starter extends Parked {
  private final ProcessObject process;

  Starter(Invocation call, ProcessObject process) {
    super(call);
    this.process = process;
  }

  @Override
  protected void takenBack() {
    process.world().objects().delete(process);
  }

  /** It waits as long as its caller does. */
  @Override
  protected Answer expired() {
    return Answer.LATER;
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setStarter(true);
  }
}
