package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.GrantedState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Acquisitions of several locks, as far as the client has not confirmed that it knows of them. */
record GrantedAll(List<Granted> all) implements Undo {
  /** What was saved, as far as its locks are there. */
  static GrantedAll restored(World world, UndoState state) {
    List<Granted> all = new ArrayList<>();
    for (GrantedState saved : state.getHoldsList()) {
      ManagedObject object = world.objects().numbered(saved.getObject());
      if (object instanceof Held lock) {
        all.add(new Granted(lock, saved.getToken()));
      }
    }
    return new GrantedAll(all);
  }

  @Override
  public void undo() {
    all.forEach(Granted::undo);
  }

  @Override
  public boolean isDue() {
    return all.stream().anyMatch(Granted::isDue);
  }

  /** The locks are found by the first of them that still is held so. */
  @Override
  public @Nullable UndoState save() {
    UndoState.Builder state = UndoState.newBuilder();
    for (Granted granted : all) {
      if (granted.isDue()) {
        long lock = granted.of().number();
        state.addHolds(GrantedState.newBuilder().setObject(lock).setToken(granted.token()));
      }
    }
    return state.getHoldsCount() == 0
        ? null
        : state.setIncarnation(state.getHolds(0).getObject()).build();
  }
}
