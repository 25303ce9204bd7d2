package dev.polyproc.server.engine.memory;

import dev.polyproc.internal.v1.TenureState;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.Holder;

/** A session that writes to a segment, until it says that it does not any more. */
final class Writer extends Tenure {
  private static final long BYTES = 300;

  private final SharedMemory memory;

  /** Who calls is one from now on. */
  Writer(SharedMemory memory, Invocation call) {
    super(memory, call, Timers.NEVER);
    this.memory = memory;
  }

  Writer(SharedMemory memory, TenureState saved, Restored restored) {
    super(memory, saved, restored);
    this.memory = memory;
  }

  /** What one takes out of the budget. */
  static long footprint(Invocation call) {
    return BYTES + call.textBytes();
  }

  @Override
  protected long bytes() {
    return BYTES;
  }

  @Override
  protected void timeIsUp() {
    throw new IllegalStateException("Expected a writer to write for any time");
  }

  @Override
  public void sessionEnded() {
    memory.died(this);
  }

  /** The number of its session. */
  long sessionNumber() {
    return party().getSession();
  }

  Holder describe() {
    return describe("writes");
  }

  TenureState save() {
    return saveTenure();
  }
}
