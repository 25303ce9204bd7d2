package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.v1.PipeReceiveResponse;

/** A Receive that waits for a message. */
final class Receiver extends Parked {
  private final long maxLength;

  /** A Receive of at most so many bytes; 0: of any number. */
  Receiver(Invocation call, long maxLength) {
    super(call);
    this.maxLength = maxLength;
  }

  long maxLength() {
    return maxLength;
  }

  @Override
  protected Answer expired() {
    return Answer.of(PipeReceiveResponse.getDefaultInstance());
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setReceiver(maxLength);
  }
}
