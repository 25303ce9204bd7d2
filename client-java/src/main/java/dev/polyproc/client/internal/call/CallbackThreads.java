package dev.polyproc.client.internal.call;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads of a client's own for what is its program's. They come when they are needed, and go when
 * they are idle.
 */
public final class CallbackThreads implements Executor {
  /** So many callbacks of one client can wait at once. */
  static final int MOST = 256;

  private static final long IDLE_SECONDS = 2;

  /** After so long a system that has had no thread to give is asked again. */
  private static final long PAUSE_MILLIS = 100;

  private final ThreadFactory factory;
  private final ThreadPoolExecutor pool;

  public CallbackThreads() {
    this(MOST, threads());
  }

  /**
   * @param most how many threads {@link #execute} has at the most
   */
  public CallbackThreads(int most, ThreadFactory factory) {
    this.factory = factory;
    this.pool =
        new ThreadPoolExecutor(
            0, most, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), factory);
  }

  /** Threads that are born of whoever is on the event loop, and are to have nothing of theirs. */
  static ThreadFactory threads() {
    ClassLoader classes = Thread.currentThread().getContextClassLoader();
    AtomicInteger count = new AtomicInteger();
    return task -> {
      String name = "polyproc-callbacks-" + count.incrementAndGet();
      Thread thread = new Thread(null, task, name, 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(classes);
      return thread;
    };
  }

  /**
   * Runs a task.
   *
   * @throws RejectedExecutionException when there are as many threads as may be, and all are busy
   * @throws OutOfMemoryError when the system has no thread to give
   */
  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  /** Runs a task soon, however many threads there are. */
  public void executeSoon(Runnable task) {
    try {
      execute(task);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      start("polyproc-callbacks-more", task);
    }
  }

  /** Runs a task on a thread that does nothing else: as soon as the system has one to give. */
  public void start(String name, Runnable task) {
    try {
      Thread thread = factory.newThread(task);
      thread.setName(name);
      thread.start();
    } catch (OutOfMemoryError e) {
      // The JDK's own thread for this never ends, and keeps the class loader of its first user. It
      // may here: where no thread is to be had, the task would be lost without it.
      CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS, Runnable::run)
          .execute(() -> start(name, task));
    }
  }
}
