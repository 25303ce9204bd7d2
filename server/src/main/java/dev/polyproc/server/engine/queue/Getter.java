package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;

/** A Get or GetMany that waits for an item. */
final class Getter extends Taker {
  private final Take take;

  Getter(Invocation call, Take take) {
    super(call);
    this.take = take;
  }

  static Getter restored(Invocation call, ParkedState state) {
    return new Getter(call, Take.restored(state.getGetter()));
  }

  @Override
  Take take() {
    return take;
  }

  @Override
  void serve(Queue queue, Item item) {
    answer(queue.handingOut().handOut(call(), take));
  }

  @Override
  protected Answer expired() {
    return Answers.nothing(take.many());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setGetter(take.save());
  }
}
