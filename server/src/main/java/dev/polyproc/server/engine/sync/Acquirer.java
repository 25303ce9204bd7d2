package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.time.Timers;
import java.util.List;

/** A call that waits for a lock. */
abstract class Acquirer extends LeasedAcquirer {
  /**
   * A call that is to hold a lock.
   *
   * @param lease how long it holds the lock at most, in nanoseconds, or {@link Timers#NEVER}
   */
  Acquirer(Invocation call, long lease) {
    super(call, lease);
  }

  /** Whether it can be served by a lock that is free for it, and in whose line it is the first. */
  boolean isReady() {
    return true;
  }

  /** Takes the lock, which is free for it. */
  abstract Answer serve(Lock lock);

  /** The locks that it has when it was served by one. */
  List<Lock> taken(Lock lock) {
    return List.of(lock);
  }
}
