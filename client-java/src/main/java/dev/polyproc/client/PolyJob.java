package dev.polyproc.client;

import com.google.protobuf.Duration;
import dev.polyproc.client.internal.pool.PoolRequests;
import dev.polyproc.client.internal.request.Batches;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.v1.PoolCancelRequest;
import dev.polyproc.v1.PoolGetJobRequest;
import dev.polyproc.v1.PoolGetJobResponse;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of a pool that belong together, and their results, whoever submits and whoever collects: a
 * program that died is replaced by another one, which asks for the job by its name. The tasks of a
 * job are numbered from 1.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A result is there until it is taken, or the job is deleted. What a program took and had not
 *       seen when it died is there again.
 *   <li>No wait for results lasts longer than something can come.
 * </ul>
 */
public final class PolyJob extends Handle {
  private PolyJob(Requestor requestor, Ref ref) {
    super(requestor, ref);
  }

  static PolyJob of(Requestor requestor, Ref ref) {
    return new PolyJob(requestor.meaning(ref), ref);
  }

  /** The job as it is: how many tasks were submitted, wait, run and are done. */
  public PoolGetJobResponse info() {
    return requestor.call(
        PoolRequests.GET_JOB, PoolGetJobRequest.newBuilder().setJob(name()).build());
  }

  /** The twin of {@link #info}. */
  public CompletableFuture<PoolGetJobResponse> infoAsync() {
    return requestor.async(
        PoolRequests.GET_JOB, PoolGetJobRequest.newBuilder().setJob(name()).build(), info -> info);
  }

  // Tasks.

  /** Submits a task, and answers its number; waits while the pool has as many as it may. */
  public long submit(Task<?> task) throws InterruptedException {
    return requestor.await(PoolRequests.SUBMIT, submitting(List.of(task.message()))).getFirst();
  }

  /** The twin of {@link #submit(Task)}. */
  public CompletableFuture<Long> submitAsync(Task<?> task) {
    return requestor.async(
        PoolRequests.SUBMIT, submitting(List.of(task.message())), PoolSubmitResponse::getFirst);
  }

  /**
   * Submits tasks, as many at once as a call may have, and answers their numbers; waits while the
   * pool has as many as it may. When it throws, those before may be submitted.
   */
  public long[] submit(Collection<? extends Task<?>> tasks) throws InterruptedException {
    List<List<PoolTask>> pages = new ArrayList<>();
    Batches<PoolTask> batches =
        new Batches<>(requestor.limits(), page -> pages.add(List.copyOf(page)));
    tasks.forEach(task -> batches.add(task.message()));
    batches.flush();
    LongStream.Builder numbers = LongStream.builder();
    for (List<PoolTask> page : pages) {
      long first = requestor.await(PoolRequests.SUBMIT, submitting(page)).getFirst();
      LongStream.range(first, first + page.size()).forEach(numbers);
    }
    return numbers.build().toArray();
  }

  private PoolSubmitRequest submitting(List<PoolTask> tasks) {
    return PoolSubmitRequest.newBuilder().setJob(name()).addAllTasks(tasks).build();
  }

  /**
   * Cancels all tasks that have no result. Those that wait have the result {@code
   * POOL_OUTCOME_CANCELLED} at once; of those that run the workers are told.
   *
   * @return how many waited or run
   */
  public int cancelAll() {
    return cancel(PoolCancelRequest.newBuilder().setJob(name()).build());
  }

  /** {@link #cancelAll}, of some tasks by their numbers. */
  public int cancel(long... tasks) {
    int all = 0;
    for (int from = 0; from < tasks.length; from += requestor.pageSize()) {
      PoolCancelRequest.Builder request = PoolCancelRequest.newBuilder().setJob(name());
      for (int i = from; i < Math.min(tasks.length, from + requestor.pageSize()); i++) {
        request.addTasks(tasks[i]);
      }
      all += cancel(request.build());
    }
    return all;
  }

  private int cancel(PoolCancelRequest request) {
    var cancelled = requestor.call(PoolRequests.CANCEL, request);
    return cancelled.getCancelled() + cancelled.getRunning();
  }

  /** The twin of {@link #cancelAll}. */
  public CompletableFuture<Integer> cancelAllAsync() {
    return requestor.async(
        PoolRequests.CANCEL,
        PoolCancelRequest.newBuilder().setJob(name()).build(),
        cancelled -> cancelled.getCancelled() + cancelled.getRunning());
  }

  // Results that are taken away.

  /**
   * Takes results away, as they came; waits for the first. None where none can come any more: no
   * task waits or runs.
   */
  public <R> TaskResults<R> takeResults(Class<R> result) throws InterruptedException {
    return takeResults(Codec.of(result));
  }

  /** {@link #takeResults(Class)}, of any type. */
  public <R> TaskResults<R> takeResults(Codec<R> codec) throws InterruptedException {
    return new TaskResults<>(codec, requestor.await(PoolRequests.RESULTS, taking(null)));
  }

  /**
   * {@link #takeResults(Codec)} until the time is up; none when none came, and {@link
   * TaskResults#isFinished} says whether any can come.
   */
  public <R> TaskResults<R> takeResults(Codec<R> codec, long timeout, TimeUnit unit)
      throws InterruptedException {
    return new TaskResults<>(
        codec,
        requestor.await(
            PoolRequests.RESULTS, taking(requestor.timeout(timeout, unit)), timeout, unit));
  }

  /** The twin of {@link #takeResults(Codec)}. */
  public <R> CompletableFuture<TaskResults<R>> takeResultsAsync(Codec<R> codec) {
    return requestor.async(
        PoolRequests.RESULTS, taking(null), response -> new TaskResults<>(codec, response));
  }

  /** The twin of {@link #takeResults(Codec, long, TimeUnit)}. */
  public <R> CompletableFuture<TaskResults<R>> takeResultsAsync(
      Codec<R> codec, long timeout, TimeUnit unit) {
    return requestor.async(
        PoolRequests.RESULTS,
        taking(requestor.timeout(timeout, unit)),
        response -> new TaskResults<>(codec, response));
  }

  private PoolResultsRequest taking(@Nullable Duration timeout) {
    PoolResultsRequest.Builder request =
        PoolResultsRequest.newBuilder().setJob(name()).setTake(true);
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return request.build();
  }

  // Results that stay.

  /**
   * The results in the order of the tasks, which stay where they are; it waits for each, and ends
   * where none can come any more. An interrupt ends a wait with a {@code CancellationException},
   * and the thread stays interrupted.
   */
  public <R> Iterable<TaskResult<R>> results(Codec<R> codec) {
    return results(codec, 0);
  }

  /** {@link #results(Codec)}, of one of Java's own types. */
  public <R> Iterable<TaskResult<R>> results(Class<R> result) {
    return results(Codec.of(result));
  }

  /** {@link #results(Codec)}, but of tasks of a higher number only: of those behind that one. */
  public <R> Iterable<TaskResult<R>> results(Codec<R> codec, long afterTask) {
    return () -> new Reading<>(codec, true, afterTask);
  }

  /** {@link #results(Codec)}, but as they come. */
  public <R> Iterable<TaskResult<R>> resultsAsTheyCome(Codec<R> codec) {
    return resultsAsTheyCome(codec, 0);
  }

  /**
   * {@link #resultsAsTheyCome(Codec)}, but of a higher {@link TaskResult#place} only. A program
   * that writes down the place of what it is done with can be replaced by one that goes on behind
   * it, and neither misses a result nor has one twice.
   */
  public <R> Iterable<TaskResult<R>> resultsAsTheyCome(Codec<R> codec, long afterPlace) {
    return () -> new Reading<>(codec, false, afterPlace);
  }

  /** Asks for one page after the other. */
  private final class Reading<R> implements Iterator<TaskResult<R>> {
    private final Codec<R> codec;
    private final boolean ordered;
    private List<TaskResult<R>> page = List.of();
    private int next;
    private long after;

    Reading(Codec<R> codec, boolean ordered, long after) {
      this.codec = codec;
      this.ordered = ordered;
      this.after = after;
    }

    @Override
    public boolean hasNext() {
      if (next < page.size()) {
        return true;
      }
      try {
        page =
            new TaskResults<>(
                codec,
                requestor.await(
                    PoolRequests.RESULTS,
                    PoolResultsRequest.newBuilder()
                        .setJob(name())
                        .setAfter(after)
                        .setOrdered(ordered)
                        .build()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        CancellationException interrupted =
            new CancellationException("Expected to wait for results, but was interrupted");
        interrupted.initCause(e);
        throw interrupted;
      }
      next = 0;
      return !page.isEmpty();
    }

    @Override
    public TaskResult<R> next() {
      if (!hasNext()) {
        throw new NoSuchElementException("Expected another result, but that was the last");
      }
      TaskResult<R> result = page.get(next++);
      after = ordered ? result.task() : result.place();
      return result;
    }
  }
}
