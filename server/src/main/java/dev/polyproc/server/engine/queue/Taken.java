package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.Undo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Items that were taken for good, as far as the client has confirmed that it has them. */
record Taken(Queue queue, List<Item> items) implements Undo {
  @Override
  public void undo() {
    queue.untake(items);
  }

  @Override
  public @Nullable UndoState save() {
    if (queue.isDeleted()) {
      return null;
    }
    UndoState.Builder state = UndoState.newBuilder().setIncarnation(queue.ref().getIncarnation());
    items.forEach(item -> state.addItems(item.save()));
    return state.build();
  }
}
