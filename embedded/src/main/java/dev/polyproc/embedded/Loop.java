package dev.polyproc.embedded;

import dev.polyproc.server.grpc.EventLoop;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of an embedded daemon.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>One task at a time runs, and whoever gives it one waits for nothing.
 *   <li>Once it has ended it runs nothing more, and refuses nothing: who waits for a task must also
 *       wait for the end.
 * </ul>
 */
final class Loop implements EventLoop {
  private final ScheduledThreadPoolExecutor executor =
      new ScheduledThreadPoolExecutor(1, this::newThread);
  private volatile @Nullable Thread thread;

  Loop() {
    // What is taken back would be kept until its time otherwise, and that may be years away.
    executor.setRemoveOnCancelPolicy(true);
  }

  private Thread newThread(Runnable tasks) {
    Thread made = new Thread(null, tasks, "polyproc-embedded", 0, false);
    made.setDaemon(true);
    thread = made;
    return made;
  }

  /** Whether the calling thread is the loop, which must not wait for itself. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** Runs a task: at once where this is the loop. */
  @Override
  public void execute(Runnable task) {
    if (isCurrent()) {
      task.run();
    } else {
      afterwards(task);
    }
  }

  /** Runs a task after all that it was given before. */
  @Override
  public void afterwards(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      // It has ended, and with it all that was to come.
    }
  }

  /** Runs a task in so many nanoseconds, unless it is taken back by what is answered. */
  Runnable later(long nanos, Runnable task) {
    try {
      var scheduled = executor.schedule(task, nanos, TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {}; // It has ended, and with it all that was to come.
    }
  }

  /** Ends the thread, after the task that it is in. */
  void end() {
    executor.shutdownNow();
  }
}
