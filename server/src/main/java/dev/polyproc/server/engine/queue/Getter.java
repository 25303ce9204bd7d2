package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;

/** A Get or GetMany that waits for an item. */
final class Getter extends ItemWaiter {
  private final GetTerms terms;

  Getter(Invocation call, GetTerms terms) {
    super(call);
    this.terms = terms;
  }

  static Getter restored(Invocation call, ParkedState state) {
    return new Getter(call, GetTerms.restored(state.getGetter()));
  }

  @Override
  GetTerms terms() {
    return terms;
  }

  @Override
  void serve(Queue queue, Item item) {
    answer(queue.handingOut().handOut(call(), terms));
  }

  @Override
  protected Answer expired() {
    return Answers.nothing(terms.many());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setGetter(terms.save());
  }
}
