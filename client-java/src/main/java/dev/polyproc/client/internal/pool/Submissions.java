package dev.polyproc.client.internal.pool;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolGetRequest;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Ref;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that one object of a client submits, and what comes of them: a job of the client's
 * session. What is submitted while a call is on its way goes together with the next one; and one
 * call at a time asks for results, as long as there is a task without one.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every task that was sent is settled once: by its result, or by what ends the job.
 *   <li>No more than {@link #MOST_UNSENT} tasks wait here, unless who adds them does not wait.
 * </ul>
 */
public final class Submissions {
  /** So many tasks wait in this client at most, beside those that the daemon has. */
  private static final int MOST_UNSENT = 1000;

  /** So long after a refusal it asks for results again. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Requestor requestor;
  private final String job;
  private final int mostTasks;
  private final long mostBytes;
  private final Completions completions;

  // All below is guarded by this; no call is made while it is locked.
  private final Deque<Submission<?>> unsent = new ArrayDeque<>();
  private final Map<Long, Submission<?>> sent = new LinkedHashMap<>();

  /** Those that are on their way, and have no numbers yet. */
  private List<Submission<?>> underway = List.of();

  /** Results whose tasks are not known by their numbers yet. */
  private final Map<Long, PoolResult> early = new HashMap<>();

  /** How many were begun and are not settled. */
  private long open;

  private boolean sending;
  private boolean collecting;
  private @Nullable RuntimeException over;

  private Submissions(Requestor requestor, String job, int mostTasks) {
    Limits limits = requestor.limits();
    this.requestor = requestor;
    this.job = job;
    this.mostTasks = mostTasks;
    this.mostBytes = Math.min(limits.getPageBytes(), limits.getRequestBytes() / 2);
    this.completions = new Completions(requestor.session());
  }

  /** Those of a new job of a pool. */
  public static Submissions of(Requestor pool, String name) {
    int capacity =
        pool.call(PoolRequests.GET, PoolGetRequest.newBuilder().setPool(name).build())
            .getCapacity();
    Ref job =
        pool.call(
                PoolRequests.CREATE_JOB,
                PoolCreateJobRequest.newBuilder()
                    .setPool(name)
                    .setLifetime(Lifetime.LIFETIME_SESSION)
                    .build())
            .getRef();
    // A part of what may wait, so that workers have something to do while the next one waits.
    int most = Math.max(1, Math.min(pool.pageSize(), capacity / 4));
    return new Submissions(pool.meaning(job), job.getName(), most);
  }

  /** The name of the job. */
  public String job() {
    return job;
  }

  /** A task that is not submitted yet. */
  public <R> Submission<R> prepare(PoolTask task, Function<PoolResult, R> reader) {
    return new Submission<>(this, task, reader);
  }

  /**
   * Submits a task; waits while many wait here. A thread that is interrupted submits nothing: the
   * task is cancelled then.
   */
  public <R> Submission<R> submit(PoolTask task, Function<PoolResult, R> reader) {
    Submission<R> submission = prepare(task, reader);
    waitForRoom(submission);
    send(submission);
    return submission;
  }

  void mayWait() {
    requestor.mayWait("a task of a pool");
  }

  /** Waits until few wait here, or the submission is cancelled as the thread is interrupted. */
  public void waitForRoom(Submission<?> submission) {
    if (requestor.session().transport().onLoop()) {
      return;
    }
    try {
      synchronized (this) {
        while (unsent.size() >= MOST_UNSENT && over == null) {
          wait();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      submission.cancel(false);
    }
  }

  /** Submits a task, once, without waiting. */
  void send(Submission<?> submission) {
    RuntimeException why;
    synchronized (this) {
      if (submission.begun || submission.isCancelled()) {
        return;
      }
      submission.begun = true;
      open++;
      why = over;
      if (why == null) {
        unsent.add(submission);
      }
    }
    if (why != null) {
      completeAll(List.of(submission), why);
    } else {
      sendNext();
    }
  }

  private void sendNext() {
    List<Submission<?>> page;
    synchronized (this) {
      if (sending || over != null) {
        return;
      }
      page = page();
      underway = page;
      sending = !page.isEmpty();
    }
    if (page.isEmpty()) {
      return;
    }
    PoolSubmitRequest.Builder request = PoolSubmitRequest.newBuilder().setJob(job);
    page.forEach(submission -> request.addTasks(submission.task));
    var unused =
        requestor
            .async(PoolRequests.SUBMIT, request.build(), response -> response)
            .whenComplete((response, failure) -> submitted(page, response, failure));
    collect(true); // in the same frame; should the tasks wait for room, it is asked again
  }

  private List<Submission<?>> page() {
    List<Submission<?>> page = new ArrayList<>();
    long bytes = 0;
    for (Submission<?> next = unsent.peek(); next != null; next = unsent.peek()) {
      if (next.isCancelled()) {
        unsent.remove();
        open--;
        continue;
      }
      bytes += next.task.getSerializedSize();
      if (!page.isEmpty() && (page.size() == mostTasks || bytes > mostBytes || next.alone)) {
        break;
      }
      page.add(unsent.remove());
      if (next.alone) {
        break;
      }
    }
    notifyAll();
    return page;
  }

  private void submitted(
      List<Submission<?>> page, @Nullable PoolSubmitResponse response, @Nullable Throwable thrown) {
    List<Runnable> settled = new ArrayList<>();
    List<Long> cancelled = new ArrayList<>();
    RuntimeException failure = thrown == null ? null : unwrapped(thrown);
    synchronized (this) {
      sending = false;
      underway = List.of();
      if (over != null) {
        failure = over; // whatever the daemon said, nobody asks for results any more
      } else if (response != null) {
        for (int i = 0; i < page.size(); i++) {
          number(page.get(i), response.getFirst() + i, settled, cancelled);
        }
      } else if (page.size() > 1 && isOfOneTask(failure)) {
        for (int i = page.size() - 1; i >= 0; i--) {
          page.get(i).alone = true;
          unsent.addFirst(page.get(i));
        }
      }
    }
    completions.addAll(settled);
    if (!cancelled.isEmpty()) {
      cancel(cancelled);
    }
    if (failure != null && isEnd(failure)) {
      end(failure);
      completeAll(page, failure);
      return;
    }
    if (failure != null && (page.size() == 1 || !isOfOneTask(failure))) {
      completeAll(page, failure);
    }
    collect(false);
    sendNext();
  }

  private void number(
      Submission<?> submission, long number, List<Runnable> settled, List<Long> cancelled) {
    submission.number = number;
    PoolResult result = early.remove(number);
    if (result != null) {
      settled.add(() -> settle(submission, result));
      return;
    }
    sent.put(number, submission);
    if (submission.isCancelled()) {
      cancelled.add(number);
    }
  }

  /** Whether one task of several may be why none was taken. */
  private static boolean isOfOneTask(@Nullable RuntimeException failure) {
    return failure instanceof PolyprocException e
        && switch (e.reason()) {
          case ERROR_REASON_VALUE_TOO_LARGE,
              ERROR_REASON_MESSAGE_TOO_LONG,
              ERROR_REASON_INVALID_VALUE,
              ERROR_REASON_INVALID_ARGUMENT ->
              true;
          default -> false;
        };
  }

  /** Whether there is no job any more, nor its results. */
  private static boolean isEnd(RuntimeException failure) {
    return !(failure instanceof PolyprocException e)
        || switch (e.reason()) {
          case ERROR_REASON_OBJECT_DELETED,
              ERROR_REASON_OBJECT_NOT_FOUND,
              ERROR_REASON_SESSION_ENDED,
              ERROR_REASON_SESSION_NOT_FOUND,
              ERROR_REASON_SHUTTING_DOWN ->
              true;
          default -> Errors.isEndOfSession(e);
        };
  }

  private static RuntimeException unwrapped(Throwable thrown) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    return cause instanceof RuntimeException unchecked ? unchecked : new CompletionException(cause);
  }

  /**
   * Has one call ask for results, as long as there is a task without one.
   *
   * @param submitting whether tasks are on their way
   */
  private void collect(boolean submitting) {
    synchronized (this) {
      if (collecting || (sent.isEmpty() && !submitting) || over != null) {
        return;
      }
      collecting = true;
    }
    var unused =
        requestor
            .async(
                PoolRequests.RESULTS,
                PoolResultsRequest.newBuilder().setJob(job).setTake(true).build(),
                response -> response)
            .whenComplete(this::collected);
  }

  private void collected(@Nullable PoolResultsResponse response, @Nullable Throwable thrown) {
    if (thrown != null) {
      notCollected(unwrapped(thrown));
      return;
    }
    List<Runnable> settled = new ArrayList<>();
    synchronized (this) {
      collecting = false;
      if (response != null) {
        for (PoolResult result : response.getResultsList()) {
          Submission<?> submission = sent.remove(result.getTask());
          if (submission != null) {
            settled.add(() -> settle(submission, result));
          } else {
            early.put(result.getTask(), result);
          }
        }
      }
    }
    collect(false);
    if (settled.size() == 1) {
      settled.get(0).run(); // it holds up no other
    } else {
      completions.addAll(settled);
    }
  }

  /** What does not end the job is asked again a little later: the results are there still. */
  private void notCollected(RuntimeException failure) {
    if (isEnd(failure) || isForEver(failure)) {
      end(failure);
      return;
    }
    requestor
        .session()
        .transport()
        .executeLater(
            PAUSE_NANOS,
            () -> {
              synchronized (this) {
                collecting = false;
              }
              collect(false);
            });
  }

  /** Whether the same is refused whenever it is asked. */
  private static boolean isForEver(RuntimeException failure) {
    return failure instanceof PolyprocException e
        && e.reason() == ErrorReason.ERROR_REASON_REPLY_TOO_LARGE;
  }

  /** All that has no result fails, and whatever comes. */
  private void end(RuntimeException failure) {
    List<Submission<?>> all;
    synchronized (this) {
      if (over == null) {
        over = failure;
      }
      all = new ArrayList<>(unsent);
      all.addAll(sent.values());
      unsent.clear();
      sent.clear();
      early.clear();
      collecting = false;
      notifyAll();
    }
    completeAll(all, failure);
  }

  private void completeAll(List<Submission<?>> all, RuntimeException failure) {
    List<Runnable> settled = new ArrayList<>();
    all.forEach(
        submission ->
            settled.add(
                () -> {
                  boolean unused = submission.completeExceptionally(failure);
                  settledOne();
                }));
    completions.addAll(settled);
  }

  /** Runs something of the program's where what depends on tasks runs. */
  public void later(Runnable task) {
    completions.addAll(List.of(task));
  }

  /** Nobody wants a task any more. */
  void cancelled(Submission<?> submission) {
    long number;
    synchronized (this) {
      number = sent.containsKey(submission.number) ? submission.number : 0;
    }
    if (number != 0) {
      cancel(List.of(number));
    }
  }

  private void cancel(List<Long> numbers) {
    for (int from = 0; from < numbers.size(); from += requestor.pageSize()) {
      PoolCancelRequest request =
          PoolCancelRequest.newBuilder()
              .setJob(job)
              .addAllTasks(
                  numbers.subList(from, Math.min(numbers.size(), from + requestor.pageSize())))
              .build();
      // Where it is refused there is no job any more, and so no task.
      var unused = requestor.async(PoolRequests.CANCEL, request, response -> response);
    }
  }

  private void settle(Submission<?> submission, PoolResult result) {
    submission.settle(result);
    settledOne();
  }

  private synchronized void settledOne() {
    open--;
    notifyAll();
  }

  /** Those without a result, in their order: they were sent, are on their way, or wait for that. */
  public synchronized List<Submission<?>> pending() {
    List<Submission<?>> pending = new ArrayList<>(sent.values());
    pending.addAll(underway);
    pending.addAll(unsent);
    return pending;
  }

  /** Whether every task that was submitted has its result. */
  public synchronized boolean isIdle() {
    return open == 0;
  }

  /** Waits until every task has its result; false where the time was up before. */
  public synchronized boolean awaitIdle(long timeout, TimeUnit unit) throws InterruptedException {
    long nanos = unit.toNanos(timeout);
    long from = System.nanoTime();
    while (open > 0) {
      long left = nanos - (System.nanoTime() - from);
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }
}
