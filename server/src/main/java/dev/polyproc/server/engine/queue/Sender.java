package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.References;
import dev.polyproc.v1.Value;

/** A Send that waits for room at the other end. */
final class Sender extends Putter {
  Sender(Invocation call, Value message, References references) {
    super(call, Batch.of(message), references);
  }

  @Override
  Answer accepted(Duplicates duplicates) {
    return PipeEnd.sent(true);
  }

  @Override
  protected Answer expired() {
    return PipeEnd.sent(false);
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setSender(batch().values().get(0));
  }
}
