package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.References;

/**
 * A Put or PutMany that waits for room. Its items are in the budget as its request is, while it
 * waits.
 */
class Putter extends Parked {
  private final Batch batch;
  private final References references;
  private boolean isAccepted;

  Putter(Invocation call, Batch batch, References references) {
    super(call);
    this.references = references;
    this.batch = batch;
  }

  static Putter restored(Invocation call, ParkedState state, ManagedObject queue) {
    return new Putter(call, Batch.restored(state.getPutter()), queue.world().references());
  }

  final Batch batch() {
    return batch;
  }

  /**
   * Its items are where they wanted to be, which takes what they cost out of the budget.
   *
   * @param duplicates the positions of those that are not put
   */
  final void accept(Duplicates duplicates) {
    isAccepted = true;
    duplicates.positions().forEach(position -> references.remove(batch.values().get(position)));
    answer(accepted(duplicates));
  }

  /** Its answer. */
  Answer accepted(Duplicates duplicates) {
    return Answers.put(batch.many(), duplicates);
  }

  @Override
  protected Answer expired() {
    return Answers.full(batch.many());
  }

  @Override
  protected final void left() {
    if (!isAccepted) {
      references.removeAll(batch.values());
    }
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPutter(batch.save());
  }
}
