package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import org.jspecify.annotations.Nullable;

/**
 * The word to run the action of a round, as far as the client has not confirmed that it knows of
 * it: who gives that up runs no action, and the barrier breaks.
 */
record BarrierActionGranted(Barrier barrier, long round) implements Undo {
  @Override
  public void undo() {
    barrier.actionLost(round);
  }

  @Override
  public boolean isDue() {
    return barrier.isRunning(round);
  }

  @Override
  public boolean isHeld() {
    return true;
  }

  @Override
  public @Nullable UndoState save() {
    return isDue()
        ? UndoState.newBuilder().setIncarnation(barrier.number()).setToken(round).build()
        : null;
  }
}
