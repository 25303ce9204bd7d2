package dev.polyproc.client.internal.pool;

import dev.polyproc.client.internal.wire.Errors;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * What a function returns of each of some inputs, one after the other: in the order of the inputs,
 * or as they come. The thread that asks for results asks for the inputs, too, and for no more than
 * are to be on their way. For one thread at a time.
 */
public final class Stepping<R> {
  /** So many tasks are submitted for each result that was there already, while more may be. */
  private static final int AHEAD_OF_RESULTS = 2;

  private final Submissions submissions;
  private final Inputs<R> inputs;
  private final int most;
  private final boolean ordered;

  /** Those whose results were not looked at; the oldest first. */
  private final Deque<Submission<List<Settled<R>>>> line = new ArrayDeque<>();

  private final Set<Submission<List<Settled<R>>>> open = new HashSet<>();
  private final BlockingQueue<Submission<List<Settled<R>>>> came = new LinkedBlockingQueue<>();
  private final Deque<Settled<R>> ready = new ArrayDeque<>();
  private boolean closed;

  /**
   * @param most how many tasks there are at a time whose results were not looked at
   */
  public Stepping(Submissions submissions, Inputs<R> inputs, int most, boolean ordered) {
    this.submissions = submissions;
    this.inputs = inputs;
    this.most = most;
    this.ordered = ordered;
  }

  /** Whether there is another result, or will be. */
  public boolean hasNext() {
    return !closed && (!ready.isEmpty() || !open.isEmpty() || inputs.hasNext());
  }

  /**
   * The next result; waits for it.
   *
   * @throws NoSuchElementException when there is none any more
   */
  public Settled<R> next() throws InterruptedException {
    if (!hasNext()) {
      throw new NoSuchElementException("Expected another result, but that was the last");
    }
    Settled<R> before = ready.poll();
    if (before != null) {
      return before;
    }
    submit();
    List<Settled<R>> calls = results(ordered ? line.remove() : came.take());
    ready.addAll(calls.subList(1, calls.size()));
    return calls.get(0);
  }

  private void submit() {
    int beside = 0;
    while (open.size() < most && beside < AHEAD_OF_RESULTS && inputs.hasNext()) {
      if (isThere()) {
        beside++;
      }
      Submission<List<Settled<R>>> submission = inputs.submitNext(submissions);
      open.add(submission);
      if (ordered) {
        line.add(submission);
      } else {
        var unused = submission.whenComplete((results, failure) -> came.add(submission));
      }
    }
  }

  private boolean isThere() {
    Submission<?> oldest = ordered ? line.peek() : came.peek();
    return oldest != null && oldest.isDone();
  }

  private List<Settled<R>> results(Submission<List<Settled<R>>> submission)
      throws InterruptedException {
    try {
      List<Settled<R>> results = submission.get();
      open.remove(submission);
      return results;
    } catch (InterruptedException e) {
      line.addFirst(submission);
      throw e;
    } catch (java.util.concurrent.ExecutionException e) {
      open.remove(submission);
      return List.of(Settled.failed(failure(e.getCause())));
    } catch (CancellationException e) {
      open.remove(submission);
      return List.of(Settled.failed(e));
    }
  }

  private static RuntimeException failure(@Nullable Throwable cause) {
    return Errors.thrown(cause);
  }

  /** Cancels what is on its way; there are no further results then. */
  public void close() {
    closed = true;
    List.copyOf(open).forEach(submission -> submission.cancel(true));
    open.clear();
    line.clear();
    ready.clear();
  }
}
