package dev.polyproc.client.internal.pool;

import dev.polyproc.client.internal.session.Session;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Completes what a program has of its tasks, and so runs what depends on them: one after the other,
 * unless one takes long. Then those behind it go ahead on another thread, so that nothing waits for
 * what comes behind it for ever.
 */
final class Completions {
  /** After so long without an end nobody behind a callback waits for it any more. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Session session;

  // Guarded by this; nothing of others is called while it is locked.
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int threads;
  private long begun;
  private boolean watched;

  Completions(Session session) {
    this.session = session;
  }

  /** Runs some, each of which throws nothing, behind those that wait. */
  void addAll(Collection<? extends Runnable> tasks) {
    boolean first;
    synchronized (this) {
      waiting.addAll(tasks);
      if (waiting.isEmpty()) {
        return;
      }
      first = threads == 0;
      threads += first ? 1 : 0;
    }
    if (first) {
      start();
    }
    beWatched();
  }

  private void start() {
    Executor executor = session.callbackExecutor();
    if (executor == null) {
      session.threads().executeSoon(this::run);
    } else {
      try {
        executor.execute(this::run);
      } catch (RuntimeException e) { // of the executor, which may be anybody's
        session.threads().executeSoon(this::run);
      }
    }
  }

  private void run() {
    for (Runnable task = next(); task != null; task = next()) {
      task.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable task = waiting.poll();
    if (task == null) {
      threads--;
    } else {
      begun++;
    }
    return task;
  }

  private void beWatched() {
    synchronized (this) {
      if (watched || waiting.isEmpty()) {
        return;
      }
      watched = true;
    }
    look(-1);
  }

  /**
   * Has another thread go on where none has begun with anything since the last look.
   *
   * @param before how many had been begun with then
   */
  private void look(long before) {
    boolean stuck;
    long now;
    synchronized (this) {
      if (waiting.isEmpty()) {
        watched = false;
        return;
      }
      stuck = begun == before;
      threads += stuck ? 1 : 0;
      now = begun + (stuck ? 1 : 0); // the other thread begins with one
    }
    if (stuck) {
      session.threads().executeSoon(this::run);
    }
    session
        .transport()
        .executeLater(PATIENCE_NANOS, () -> session.threads().executeSoon(() -> look(now)));
  }
}
