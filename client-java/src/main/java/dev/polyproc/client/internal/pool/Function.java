package dev.polyproc.client.internal.pool;

import org.jspecify.annotations.Nullable;

/** What a worker calls for a task. */
@FunctionalInterface
public interface Function {
  /**
   * Runs a task.
   *
   * @return what it returns, as an object that has a value
   */
  @Nullable Object call(Run run) throws Exception;
}
