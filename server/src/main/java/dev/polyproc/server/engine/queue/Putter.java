package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PutterState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.References;
import dev.polyproc.v1.Value;
import java.util.List;

/**
 * A Put or PutMany that waits for room. Its items are in the budget as its request is, while it
 * waits.
 */
class Putter extends Parked {
  private final boolean many;
  private final List<Value> items;
  private final References references;
  private boolean isAccepted;

  Putter(Invocation call, boolean many, List<Value> items, References references) {
    super(call);
    this.references = references;
    this.many = many;
    this.items = items;
  }

  static Putter restored(Invocation call, ParkedState state, ManagedObject queue) {
    PutterState saved = state.getPutter();
    return new Putter(call, saved.getMany(), saved.getItemsList(), queue.world().references());
  }

  final List<Value> items() {
    return items;
  }

  /** Its items are where they wanted to be, which takes what they cost out of the budget. */
  final void accept() {
    isAccepted = true;
    answer(accepted(true));
  }

  /** Its answer. */
  Answer accepted(boolean accepted) {
    return Answers.put(many, accepted);
  }

  @Override
  protected final Answer expired() {
    return accepted(false);
  }

  @Override
  protected final void left() {
    if (!isAccepted) {
      references.removeAll(items);
    }
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPutter(PutterState.newBuilder().setMany(many).addAllItems(items));
  }
}
