package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Permits that were acquired, as far as the client has not confirmed that it knows of them. */
record GrantedPermits(Semaphore semaphore, long token) implements Undo {
  @Override
  public void undo() {
    semaphore.takeBack(token);
  }

  @Override
  public boolean isDue() {
    return semaphore.hasHold(token);
  }

  @Override
  public List<Value> handedOut() {
    return List.of();
  }

  @Override
  public @Nullable UndoState save() {
    return isDue()
        ? UndoState.newBuilder().setIncarnation(semaphore.number()).setToken(token).build()
        : null;
  }
}
