package dev.polyproc.server.engine.object;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.RemainState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.refusal.Refusal;
import java.util.function.Supplier;

/** An object that is deleted: who waits for it is told, and what it stored is given back. */
public record DeletedObject(ManagedObject object) implements Remains.Ended {
  @Override
  public boolean giveBackSome() {
    for (Waiters<?> line : object.lines()) {
      Parked waiting = line.oldest();
      if (waiting != null) {
        waiting.answer(Answer.of(Refusal.deleted(object.name())));
        return true;
      }
    }
    return object.giveBackSome();
  }

  @Override
  public Supplier<RemainState> save() {
    ObjectState left = object.saveAll();
    return () -> RemainState.newBuilder().setObject(left).build();
  }
}
