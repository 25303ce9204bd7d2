package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that were taken, as far as the worker has not confirmed that it knows of them: those whose
 * runs last go back when it cancels the call, as if they had not been handed out.
 */
record UnconfirmedRuns(Pool pool, List<Run> all) implements Undo {
  @Override
  public void undo() {
    lasting().forEach(pool.runs()::release);
  }

  @Override
  public boolean isDue() {
    return !lasting().isEmpty();
  }

  /** At the end of its session they are lost: nobody knows what it had begun with. */
  @Override
  public boolean isHeld() {
    return true;
  }

  @Override
  public List<Value> handedOut() {
    return List.of();
  }

  private List<Run> lasting() {
    return pool.isDeleted() ? List.of() : all.stream().filter(pool.runs()::has).toList();
  }

  @Override
  public @Nullable UndoState save() {
    List<Run> lasting = lasting();
    if (lasting.isEmpty()) {
      return null;
    }
    UndoState.Builder state = UndoState.newBuilder().setIncarnation(pool.number());
    lasting.forEach(run -> state.addReservations(run.number()));
    return state.build();
  }
}
