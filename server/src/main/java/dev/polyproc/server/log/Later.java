package dev.polyproc.server.log;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs something when some time has passed. */
@FunctionalInterface
public interface Later {
  /** Runs a task in so many nanoseconds, unless all ends before. */
  void run(long nanos, Runnable task);

  /**
   * Runs a task in so many nanoseconds, unless all ends before, or it is taken back. Times are up
   * to years: what is not wanted any more must be taken back, or it is kept until then.
   *
   * @return takes it back; where this cannot be, or too late, it does nothing
   */
  default Runnable runUnlessTakenBack(long nanos, Runnable task) {
    run(nanos, task);
    return () -> {};
  }

  /** On the executor's own threads. */
  static Later on(ScheduledExecutorService executor) {
    return new Later() {
      @Override
      public void run(long nanos, Runnable task) {
        var unused = runUnlessTakenBack(nanos, task);
      }

      @Override
      public Runnable runUnlessTakenBack(long nanos, Runnable task) {
        try {
          var scheduled = executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
          return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException e) {
          if (!executor.isShutdown()) {
            throw e;
          }
          return () -> {}; // All has ended: nothing is due any more.
        }
      }
    };
  }
}
