package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.v1.Value;
import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Items that were taken for good, as far as the client has not confirmed that it has them.
 *
 * @param counted the number of the session that they are counted for, as taken and not finished; 0:
 *     for none
 */
record UnconfirmedItems(Source source, List<Item> items, long counted) implements Undo {
  @Override
  public void undo() {
    source.putBack(items, counted);
  }

  @Override
  public void cancel() {
    source.release(items, counted);
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
    source.putBack(items.subList(0, most), counted);
    return new UnconfirmedItems(source, items.subList(most, items.size()), counted);
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
    UndoState.Builder state =
        UndoState.newBuilder().setIncarnation(source.ref().getIncarnation()).setCounted(counted);
    items.forEach(item -> state.addItems(item.save()));
    return state.build();
  }
}
