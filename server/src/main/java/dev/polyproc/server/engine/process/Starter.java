package dev.polyproc.server.engine.process;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Call;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Reply;

/**
 * A Start that waits for its process to run. Where its caller gives it up, nobody would know of the
 * process, so that goes too; where its caller is merely gone, the process stays.
 */
final class Starter extends Parked {
  private final ProcessObject process;

  Starter(Call call, ProcessObject process) {
    super(call);
    this.process = process;
  }

  @Override
  protected void takenBack() {
    process.world().objects().delete(process);
  }

  /** It waits as long as its caller does. */
  @Override
  protected Reply expired() {
    return Reply.LATER;
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setStarter(true);
  }
}
