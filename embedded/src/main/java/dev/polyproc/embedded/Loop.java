package dev.polyproc.embedded;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** The one thread of an embedded daemon. */
final class Loop implements Executor {
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(this::newThread);
  private volatile @Nullable Thread thread;

  private Thread newThread(Runnable tasks) {
    Thread made = new Thread(tasks, "polyproc-embedded");
    made.setDaemon(true);
    thread = made;
    return made;
  }

  /** Where tasks stand in line. */
  ScheduledExecutorService line() {
    return executor;
  }

  /** Runs a task: at once where this is the loop. */
  @Override
  public void execute(Runnable task) {
    if (Thread.currentThread() == thread) {
      task.run();
    } else {
      executor.execute(task);
    }
  }
}
