package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.v1.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Items that were reserved, as far as the client has not confirmed that it knows of them: those
 * whose reservations last go back when it cancels the call, as if they had not been handed out. At
 * the end of its session they do so with all that it holds.
 */
record UnconfirmedReservations(Queue queue, List<Reservation> all) implements Undo {
  @Override
  public void undo() {
    queue.comingBack().release(lasting());
  }

  @Override
  public boolean isDue() {
    return !queue.isDeleted() && all.stream().anyMatch(queue.stock().reservations()::has);
  }

  @Override
  public boolean isHeld() {
    return true;
  }

  @Override
  public List<Value> handedOut() {
    return lasting().stream().map(reservation -> reservation.item().value()).toList();
  }

  private List<Reservation> lasting() {
    return queue.isDeleted()
        ? List.of()
        : all.stream().filter(queue.stock().reservations()::has).toList();
  }

  @Override
  public @Nullable UndoState save() {
    List<Reservation> lasting = lasting();
    if (lasting.isEmpty()) {
      return null;
    }
    UndoState.Builder state = UndoState.newBuilder().setIncarnation(queue.ref().getIncarnation());
    lasting.forEach(reservation -> state.addReservations(reservation.number()));
    return state.build();
  }
}
