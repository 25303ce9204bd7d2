package dev.polyproc.server.engine.object;

/** What the next holder of a lock is told of those who write to what it guards. */
public interface LockNotices {
  /**
   * A writer died, which may not have held the lock: its next holder is told that the one before
   * died.
   *
   * @param lock its name; one that is not there is made, as one that lives while it is used
   */
  void writerDied(String lock);

  /**
   * What a lock guards is new, and nothing else is guarded by it: nobody is told of who died
   * before, be it a writer or who held the lock.
   */
  void beginAnew(String lock);

  /** What a lock guards is gone, and nothing else is guarded by it: nobody is told any more. */
  void forget(String lock);
}
