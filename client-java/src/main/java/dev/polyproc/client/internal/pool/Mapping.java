package dev.polyproc.client.internal.pool;

import dev.polyproc.client.internal.wire.Errors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a function returns of each of some inputs, all together. As tasks are done further ones are
 * submitted, so that there are never more than so many.
 *
 * <p>Where calls failed, all others are made nevertheless, and it fails as the first of them in the
 * order of the inputs. To cancel it cancels all tasks that are there.
 */
public final class Mapping<R> extends CompletableFuture<List<R>> {
  private final Submissions submissions;
  private final Inputs<R> inputs;
  private final int most;
  private final LongConsumer progress;

  // Guarded by this.
  private final List<List<Settled<R>>> settled = new ArrayList<>();
  private final Set<Submission<?>> running = new HashSet<>();
  private boolean feeding;
  private boolean exhausted;
  private long done;

  /**
   * @param most how many tasks are there at a time
   * @param progress is told how many calls are done
   */
  public Mapping(Submissions submissions, Inputs<R> inputs, int most, LongConsumer progress) {
    this.submissions = submissions;
    this.inputs = inputs;
    this.most = most;
    this.progress = progress;
  }

  /** Submits what may be there, now and whenever something is done. */
  public Mapping<R> start() {
    synchronized (this) {
      if (feeding) {
        return this;
      }
      feeding = true;
    }
    try {
      while (mayFeed()) {
        feedOne();
      }
    } catch (RuntimeException e) { // of the inputs, which are anybody's
      completeExceptionally(e);
      cancelRest();
    }
    finish();
    return this;
  }

  private synchronized boolean mayFeed() {
    exhausted = isDone() || !inputs.hasNext();
    feeding = !exhausted && running.size() < most;
    return feeding;
  }

  private void feedOne() {
    Submission<List<Settled<R>>> submission = inputs.submitNext(submissions);
    int at;
    synchronized (this) {
      at = settled.size();
      settled.add(List.of());
      running.add(submission);
    }
    var unused =
        submission.whenComplete((results, failure) -> settled(submission, at, results, failure));
  }

  private void settled(
      Submission<?> submission,
      int at,
      @Nullable List<Settled<R>> results,
      @Nullable Throwable failure) {
    List<Settled<R>> calls =
        results == null ? List.of(Settled.failed(Errors.thrown(failure))) : results;
    long now;
    synchronized (this) {
      settled.set(at, calls);
      running.remove(submission);
      done += calls.size();
      now = done;
    }
    if (!isDone()) {
      try {
        progress.accept(now);
      } catch (RuntimeException e) { // of the program's listener
        completeExceptionally(e);
        cancelRest();
      }
    }
    start();
  }

  private void finish() {
    List<R> values = new ArrayList<>();
    RuntimeException first = null;
    synchronized (this) {
      if (!exhausted || !running.isEmpty() || isDone()) {
        return;
      }
      for (List<Settled<R>> calls : settled) {
        for (Settled<R> call : calls) {
          if (call.failure() != null) {
            first = first == null ? call.failure() : first;
          } else if (first == null) {
            values.add(call.get());
          }
        }
      }
    }
    if (first == null) {
      complete(values);
    } else {
      completeExceptionally(first);
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean first = super.cancel(mayInterruptIfRunning);
    if (first) {
      cancelRest();
    }
    return isCancelled();
  }

  private void cancelRest() {
    List<Submission<?>> rest;
    synchronized (this) {
      rest = List.copyOf(running);
    }
    rest.forEach(submission -> submission.cancel(true));
  }
}
