package dev.polyproc.client;

import dev.polyproc.v1.ConditionWaitResponse;
import org.jspecify.annotations.Nullable;

/**
 * What a wait at a condition gives up and has again: what the calling thread locked, or a {@link
 * Hold} that it was given.
 */
final class ConditionHold {
  private final PolyLock lock;
  private final Hold before;

  /** How often the thread locked it; 0: it is a given hold. */
  private final int count;

  private ConditionHold(PolyLock lock, Hold before, int count) {
    this.lock = lock;
    this.before = before;
    this.count = count;
  }

  /**
   * The calling thread's, or the given one.
   *
   * @throws IllegalMonitorStateException where the calling thread has none
   */
  static ConditionHold of(PolyLock lock, @Nullable Hold given) {
    if (given == null) {
      Hold required =
          lock.acquirer()
              .required("; a Hold that acquire() gave is passed along, as in await(hold)");
      return new ConditionHold(lock, required, lock.count());
    }
    if (!given.tenure().lock().equals(lock.ref())) {
      throw new IllegalArgumentException(
          "Expected a hold of lock '" + lock.name() + "', but it is a " + given);
    }
    return new ConditionHold(lock, given, 0);
  }

  long token() {
    return before.token();
  }

  String owner() {
    return before.tenure().owner();
  }

  /** It is held again, as often as before. */
  void cameBack(ConditionWaitResponse response) {
    become(lock.acquirer().begin(owner(), response.getToken(), response.getPreviousOwnerDied()));
  }

  private void become(Hold again) {
    if (count == 0) {
      before.become(again);
    } else {
      lock.acquirer().put(again, count);
    }
  }

  /**
   * A wait was given up, or failed: the lock is held as before, or again, so that it can be
   * released; whoever interrupts. Where it cannot, as the lock is gone or broken, nothing is held.
   */
  void restore() {
    try {
      if (lock.token() == before.token()) {
        return;
      }
      Hold again = lock.acquirer().call(owner());
      for (int i = 1; i < count; i++) {
        again = lock.acquirer().call(owner());
      }
      become(again);
    } catch (PolyprocException e) {
      if (count > 0) {
        lock.acquirer().forget();
      }
    }
  }

  /** What is thrown for what the daemon refused. */
  RuntimeException refused(PolyprocException e) {
    return count == 0 ? Acquirer.ended(e) : lock.acquirer().notHeld(e);
  }

  /** A wait was refused, or ended without the lock, which is held again where it can be. */
  RuntimeException failed(PolyprocException e) {
    RuntimeException thrown = refused(e);
    if (thrown == e) {
      restore();
    }
    return thrown;
  }
}
