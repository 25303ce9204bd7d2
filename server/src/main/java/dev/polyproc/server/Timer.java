package dev.polyproc.server;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * One thread for what is due later.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Whatever a task throws is logged, and silences no other; one that repeats is run again.
 *   <li>The thread is there from the beginning: no task can find that there is none to be had.
 *   <li>Nothing is kept of a task that was cancelled.
 * </ul>
 */
final class Timer extends ScheduledThreadPoolExecutor {
  /** A timer that tells when its thread has ended, which must not be. */
  Timer(Consumer<Throwable> dead) {
    super(1, work -> thread(work, dead));
    setRemoveOnCancelPolicy(true);
    prestartCoreThread();
  }

  private static Thread thread(Runnable work, Consumer<Throwable> dead) {
    Thread thread = new Thread(work, "polyproc-timer");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((ended, why) -> dead.accept(why));
    return thread;
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    return super.schedule(guarded(task), delay, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initial, long delay, TimeUnit unit) {
    return super.scheduleWithFixedDelay(guarded(task), initial, delay, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long initial, long period, TimeUnit unit) {
    return super.scheduleAtFixedRate(guarded(task), initial, period, unit);
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        LoggerFactory.getLogger(Timer.class).error("A task that was due failed", e);
      }
    };
  }
}
