package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An acquisition, as far as the client has not confirmed that it knows of it. */
record Granted(Held lock, long token) implements Undo {
  @Override
  public void undo() {
    lock.takeBack(token, 1);
  }

  @Override
  public boolean isDue() {
    return lock.hasHold(token);
  }

  @Override
  public List<Value> handedOut() {
    return List.of();
  }

  @Override
  public @Nullable UndoState save() {
    return isDue()
        ? UndoState.newBuilder().setIncarnation(lock.number()).setToken(token).build()
        : null;
  }
}
