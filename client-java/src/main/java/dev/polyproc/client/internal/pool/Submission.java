package dev.polyproc.client.internal.pool;

import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolTask;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RunnableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A task that this client submits, and what comes of it. To cancel it is to have the daemon cancel
 * the task: one that waits is not run, and of one that runs the worker is told.
 */
public final class Submission<R> extends CompletableFuture<R> implements RunnableFuture<R> {
  final PoolTask task;
  private final Submissions submissions;
  private final Function<PoolResult, R> reader;

  /** Its number in the job; 0 where it is not known. Guarded by the submissions. */
  long number;

  /** Whether it was handed over to be sent. Guarded by the submissions. */
  boolean begun;

  /** Whether it goes in a call of its own, as it may be what another was refused for. */
  boolean alone;

  /**
   * @param reader of a result; throws where it is none that can be read
   */
  Submission(Submissions submissions, PoolTask task, Function<PoolResult, R> reader) {
    this.submissions = submissions;
    this.task = task;
    this.reader = reader;
  }

  /** Submits the task, unless that was done. */
  @Override
  public void run() {
    submissions.send(this);
  }

  /** The result is there. */
  void settle(PoolResult result) {
    try {
      complete(reader.apply(result));
    } catch (CancellationException e) {
      super.cancel(false);
    } catch (RuntimeException e) {
      completeExceptionally(e);
    }
  }

  /** Cancels the task; nobody waits for that. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean first = super.cancel(mayInterruptIfRunning);
    if (first) {
      submissions.cancelled(this);
    }
    return isCancelled();
  }

  /** Refuses to wait on the client's event loop, as all waits do. */
  @Override
  public R join() {
    if (!isDone()) {
      submissions.mayWait();
    }
    return super.join();
  }

  @Override
  public R get() throws InterruptedException, java.util.concurrent.ExecutionException {
    if (!isDone()) {
      submissions.mayWait();
    }
    return super.get();
  }

  /** Why it failed; null where it did not, or is not done. */
  public @Nullable Throwable failure() {
    if (!isCompletedExceptionally()) {
      return null;
    }
    return Objects.requireNonNull(handle((value, failure) -> failure).join());
  }
}
