package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Results that were taken, as far as the client has not confirmed that it has them. */
record UnconfirmedResults(Job job, List<PoolResult> results) implements Undo {
  @Override
  public void undo() {
    job.takeBack(results);
  }

  @Override
  public int size() {
    return results.size();
  }

  @Override
  public @Nullable Undo undoSome(int most) {
    if (results.size() <= most) {
      undo();
      return null;
    }
    job.takeBack(results.subList(0, most));
    return new UnconfirmedResults(job, results.subList(most, results.size()));
  }

  @Override
  public boolean isDue() {
    return !job.isDeleted();
  }

  @Override
  public List<Value> handedOut() {
    return results.stream().flatMap(result -> Results.values(result).stream()).toList();
  }

  @Override
  public @Nullable UndoState save() {
    return isDue()
        ? UndoState.newBuilder().setIncarnation(job.number()).addAllResults(results).build()
        : null;
  }
}
