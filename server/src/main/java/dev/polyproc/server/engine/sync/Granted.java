package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.Undo;
import org.jspecify.annotations.Nullable;

/** An acquisition, as far as the client has not confirmed that it knows of it. */
record Granted(Lock lock, long token) implements Undo {
  @Override
  public void undo() {
    lock.takeBack(token);
  }

  @Override
  public @Nullable UndoState save() {
    return lock.hasHold(token)
        ? UndoState.newBuilder().setIncarnation(lock.ref().getIncarnation()).setToken(token).build()
        : null;
  }
}
