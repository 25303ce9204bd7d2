package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.v1.Value;
import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Items that were taken for good, as far as the client has confirmed that it has them. */
record Taken(Source source, List<Item> items) implements Undo {
  @Override
  public void undo() {
    source.putBack(items);
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public @Nullable Undo undoSome(int most) {
    if (items.size() <= most) {
      undo();
      return null;
    }
    source.putBack(items.subList(0, most));
    return new Taken(source, items.subList(most, items.size()));
  }

  @Override
  public boolean isDue() {
    return !source.isDeleted();
  }

  @Override
  public List<Value> handedOut() {
    return new AbstractList<>() {
      @Override
      public Value get(int index) {
        return items.get(index).value();
      }

      @Override
      public int size() {
        return items.size();
      }
    };
  }

  @Override
  public @Nullable UndoState save() {
    if (!isDue()) {
      return null;
    }
    UndoState.Builder state = UndoState.newBuilder().setIncarnation(source.ref().getIncarnation());
    items.forEach(item -> state.addItems(item.save()));
    return state.build();
  }
}
