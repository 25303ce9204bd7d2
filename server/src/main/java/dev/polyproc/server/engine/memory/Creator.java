package dev.polyproc.server.engine.memory;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;

/**
 * A Create that waits for the space of its segment. Where the caller that created it gives it up,
 * and nobody else waits for it, the segment goes too; where the caller is merely gone, it stays.
 */
final class Creator extends Parked {
  private final SharedMemory memory;
  private final boolean created;

  /** One that waits; {@code created} is whether the segment is there because of it. */
  Creator(Invocation call, SharedMemory memory, boolean created) {
    super(call);
    this.memory = memory;
    this.created = created;
  }

  /** What it is answered when the space is taken. */
  Answer done() {
    return memory.createReply(created);
  }

  @Override
  protected void takenBack() {
    if (created) {
      memory.givenUp();
    }
  }

  /** It waits as long as its caller does. */
  @Override
  protected Answer expired() {
    return Answer.LATER;
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setSegmentCreator(created);
  }
}
