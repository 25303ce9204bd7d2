package dev.polyproc.client;

import dev.polyproc.client.internal.pool.Outcomes;
import dev.polyproc.client.internal.pool.Submission;
import dev.polyproc.client.internal.pool.Submissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A pool as an {@code ExecutorService}, for what takes one, such as an {@code
 * ExecutorCompletionService}. It takes {@link Task}s, and no other {@code Callable} or {@code
 * Runnable}: workers have functions by name, and not the code of this program.
 *
 * <pre>{@code
 * ExecutorService executor = polyproc.pool("numbers").executor();
 * Future<Long> square = executor.submit(Task.of("square", Long.class, 7));
 * }</pre>
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>To shut it down is for it alone: the pool and its workers go on.
 *   <li>It is terminated when every task has its result; one that was cancelled while it ran has
 *       when its worker has heeded that, or the pool's grace is over.
 * </ul>
 */
public final class PolyExecutor extends AbstractExecutorService {
  private final PolyPool pool;
  private final Submissions submissions;

  /**
   * What {@link #newTaskFor} was asked for, until {@link #execute} is given what it was wrapped in:
   * so do {@code ExecutorCompletionService} and {@code invokeAny}.
   */
  private final ThreadLocal<@Nullable Submission<?>> asked = new ThreadLocal<>();

  /** Open once it takes no more tasks. */
  private final CountDownLatch down = new CountDownLatch(1);

  PolyExecutor(PolyPool pool, Submissions submissions) {
    this.pool = pool;
    this.submissions = submissions;
  }

  /**
   * Submits a task; waits while many of them wait.
   *
   * @throws RejectedExecutionException when it is no {@link Task}, or the executor was shut down
   */
  @Override
  public <T> Future<T> submit(Callable<T> task) {
    return submit(requireTask(task));
  }

  /** {@link #submit(Callable)}, with a future that others may depend on. */
  public <R> CompletableFuture<R> submit(Task<R> task) {
    Submission<R> submission = prepare(task);
    begin(submission);
    return submission;
  }

  private <R> Submission<R> prepare(Task<R> task) {
    Codec<R> codec = task.codec();
    return submissions.prepare(task.message(), result -> Outcomes.read(result, codec));
  }

  private void begin(Submission<?> submission) {
    if (isShutdown()) {
      throw new RejectedExecutionException(
          "Expected an executor that takes tasks, but that of pool '"
              + pool.name()
              + "' was shut down");
    }
    submissions.waitForRoom(submission);
    submission.run();
  }

  private static <T> Task<T> requireTask(Callable<T> task) {
    if (task instanceof Task<T> known) {
      return known;
    }
    throw rejected(task);
  }

  private static RejectedExecutionException rejected(Object task) {
    return new RejectedExecutionException(
        "Expected a Task, which names a function that workers have, but it is a "
            + task.getClass().getName());
  }

  /** Prepares a task, for whoever wraps its future. */
  @Override
  protected <T> RunnableFuture<T> newTaskFor(Callable<T> task) {
    Submission<T> submission = prepare(requireTask(task));
    asked.set(submission);
    return submission;
  }

  /** Refuses: what a {@code Runnable} does is nothing that a worker has. */
  @Override
  protected <T> RunnableFuture<T> newTaskFor(Runnable task, T value) {
    throw rejected(task);
  }

  /**
   * Submits a future of this executor, or what {@code ExecutorCompletionService} has made of one,
   * which is run when the task is done.
   *
   * @throws RejectedExecutionException when it is anything else
   */
  @Override
  public void execute(Runnable command) {
    Submission<?> last = asked.get();
    asked.remove();
    if (command instanceof Submission<?> submission) {
      begin(submission);
    } else if (last != null) {
      begin(last);
      var unused = last.whenComplete((result, failure) -> command.run());
    } else {
      throw rejected(command);
    }
  }

  /** Takes no more tasks; those that are there are run. */
  @Override
  public void shutdown() {
    down.countDown();
  }

  /**
   * Takes no more tasks, and cancels those that are there.
   *
   * @return their futures, which are cancelled; of those that run, the workers are told
   */
  @Override
  public List<Runnable> shutdownNow() {
    shutdown();
    List<Runnable> cancelled = new ArrayList<>();
    for (Submission<?> submission : submissions.pending()) {
      submission.cancel(true);
      cancelled.add(submission);
    }
    return cancelled;
  }

  @Override
  public boolean isShutdown() {
    return down.getCount() == 0;
  }

  @Override
  public boolean isTerminated() {
    return isShutdown() && submissions.isIdle();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    long nanos = unit.toNanos(timeout);
    long from = System.nanoTime();
    if (!down.await(timeout, unit)) {
      return false;
    }
    return submissions.awaitIdle(nanos - (System.nanoTime() - from), TimeUnit.NANOSECONDS);
  }

  /** {@link #shutdown}, and waits until all is done; an interrupt cancels what is there. */
  public void close() {
    shutdown();
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      try {
        done = awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
        shutdownNow();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    String state = isTerminated() ? "terminated" : isShutdown() ? "shut down" : "running";
    return "PolyExecutor of pool '" + pool.name() + "', " + state;
  }
}
