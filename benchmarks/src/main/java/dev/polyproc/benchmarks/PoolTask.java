package dev.polyproc.benchmarks;

import java.util.Locale;

/** What the pool of each library is asked to do. */
enum PoolTask {
  /** Submits a task and waits for its result. */
  DISPATCH,
  /** Hands in {@link PoolPeer#TASKS} tasks, and waits for all results; a step is one task. */
  INVOKE_ALL,
  /** Maps a function over {@link PoolPeer#INPUTS} numbers; a step is one of them. */
  MAP;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
