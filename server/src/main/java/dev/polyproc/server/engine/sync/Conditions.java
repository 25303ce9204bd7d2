package dev.polyproc.server.engine.sync;

import dev.polyproc.server.engine.call.Waiters;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The conditions of a lock, and who sleeps at any of them. */
final class Conditions {
  /** All of them end with their lock, in one go. */
  static final int MOST = 1_024;

  private final Lock lock;
  private final Waiters<ConditionWaiter> asleep;
  private final Map<Long, Condition> byNumber = new TreeMap<>();

  Conditions(Lock lock) {
    this.lock = lock;
    this.asleep = new Waiters<>(lock);
  }

  /** Refuses where there may not be one more. */
  void requireRoom() {
    if (byNumber.size() >= MOST
        && byNumber.values().stream().filter(one -> !one.isDeleted()).count() >= MOST) {
      throw lock.tooManyConditions(MOST);
    }
  }

  void add(Condition condition) {
    byNumber.put(condition.number(), condition);
  }

  void remove(Condition condition) {
    byNumber.remove(condition.number());
  }

  /** The one of a number; null when it is gone, or the number is 0. */
  @Nullable Condition find(long number) {
    Condition found = byNumber.get(number);
    return found == null || found.isDeleted() ? null : found;
  }

  /** Who sleeps, and is told when the lock breaks or is deleted. */
  Waiters<ConditionWaiter> asleep() {
    return asleep;
  }

  /** The lock is deleted. */
  void deleted() {
    List.copyOf(byNumber.values()).forEach(lock.world().objects()::delete);
  }
}
