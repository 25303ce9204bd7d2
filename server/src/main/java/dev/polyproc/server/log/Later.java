package dev.polyproc.server.log;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs something when some time has passed. */
@FunctionalInterface
public interface Later {
  /** Runs a task in so many nanoseconds, unless all ends before. */
  void run(long nanos, Runnable task);

  /** On the executor's own threads. */
  static Later on(ScheduledExecutorService executor) {
    return (nanos, task) -> {
      var unused = executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
    };
  }
}
