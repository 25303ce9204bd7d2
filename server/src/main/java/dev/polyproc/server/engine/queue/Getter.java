package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Call;
import dev.polyproc.server.engine.call.Reply;

/** A Get or GetMany that waits for an item. */
final class Getter extends Taker {
  private final Take take;

  Getter(Call call, Take take) {
    super(call);
    this.take = take;
  }

  static Getter restored(Call call, ParkedState state) {
    return new Getter(call, Take.restored(state.getGetter()));
  }

  @Override
  void serve(Queue queue) {
    answer(queue.stock().handOut(call(), take));
  }

  @Override
  protected Reply expired() {
    return Answers.nothing(take.many());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setGetter(take.save());
  }
}
