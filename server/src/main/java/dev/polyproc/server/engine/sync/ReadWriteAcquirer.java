package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.ReadWriteAcquirerState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Waited;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.ReadWriteLockAcquireResponse;
import dev.polyproc.v1.ReadWriteMode;

/** An Acquire that waits for a read-write lock. */
final class ReadWriteAcquirer extends LeasedAcquirer {
  private final ReadWriteMode mode;

  /**
   * An Acquire.
   *
   * @param lease how long it holds the lock at most, in nanoseconds, or {@link Timers#NEVER}
   */
  ReadWriteAcquirer(Invocation call, ReadWriteMode mode, long lease) {
    super(call, lease);
    this.mode = mode;
  }

  static ReadWriteAcquirer restored(Invocation call, ParkedState state) {
    ReadWriteAcquirerState wanted = state.getReadWriteAcquirer();
    return new ReadWriteAcquirer(call, wanted.getMode(), restoredLease(wanted.getLease()));
  }

  boolean writes() {
    return mode == ReadWriteMode.READ_WRITE_MODE_WRITE;
  }

  @Override
  protected Answer expired() {
    return Answer.of(ReadWriteLockAcquireResponse.getDefaultInstance());
  }

  @Override
  protected String detail(Waited at) {
    return writes() ? "to write" : "to read";
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setReadWriteAcquirer(
        ReadWriteAcquirerState.newBuilder().setMode(mode).setLease(savedLease()));
  }
}
